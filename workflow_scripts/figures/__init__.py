"""Scripts of the stage `figures`, named by the paper's numbers.

Whatever they share belongs to `reporting`.
"""
