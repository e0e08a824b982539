"""Scripts of the stage `activations`.

Whatever they share belongs to `networks`.
"""
