"""Pruning of singular directions."""
