"""What claims beyond the paper are judged on."""
