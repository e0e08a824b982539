"""Concept sets, average precision, counts and overlaps."""
