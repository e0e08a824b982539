"""Scripts of the stage `models`.

Whatever they share belongs to `networks` or `training`.
"""
