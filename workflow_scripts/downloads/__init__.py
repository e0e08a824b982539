"""Scripts of the stage `downloads`.

Whatever they share belongs to `transfer`.
"""
