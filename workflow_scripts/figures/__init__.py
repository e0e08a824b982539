"""Stage `figures`: one script per figure of the paper, drawing from tidy tables only."""
