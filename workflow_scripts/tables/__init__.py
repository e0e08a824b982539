"""Stage `tables`: one script per table of the paper, from tidy tables only."""
