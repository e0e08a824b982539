"""Scripts of the stage `measures`, one folder for each subject, named like its rules.

Whatever they share belongs to `method` or `analysis`.
"""
