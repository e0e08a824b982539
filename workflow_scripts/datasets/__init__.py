"""Scripts of the stage `datasets`.

Whatever they share belongs to `archives`, `drawing` or `files`.
"""
