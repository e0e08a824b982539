"""What surrounds the work of a script: its log, its end, its progress, errors in plain words.

Nothing about models, data or files of a study.
"""
