"""Models of which one thing was changed in the training."""
