"""Scripts of the stage `tables`, named by the paper's numbers.

Whatever they share belongs to `reporting`.
"""
