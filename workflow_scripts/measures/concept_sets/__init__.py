"""Concept sets beside the paper's: what they agree in, and robustness."""
