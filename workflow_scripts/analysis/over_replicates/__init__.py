"""Replicates of an experiment: their tables, and whether another run is one more of them."""
