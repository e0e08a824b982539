"""Accuracy, kurtosis, importance of single models, and joint tables."""
