"""Effective robustness of the pool and of published accuracies."""
