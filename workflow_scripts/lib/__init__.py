"""What several stages share, in small modules: a rule is stamped with those that it imports."""
