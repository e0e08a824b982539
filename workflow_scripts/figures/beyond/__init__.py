"""Figures that the paper does not have, which only the target `beyond` makes."""
