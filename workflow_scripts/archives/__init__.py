"""What others publish: archives and label files in their original layouts, read in place.

Downloading belongs to `transfer`, image stores to `files`.
"""
