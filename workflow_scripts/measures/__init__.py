"""Stage `measures`: accuracies, robustness, outlier features and privileged directions."""
