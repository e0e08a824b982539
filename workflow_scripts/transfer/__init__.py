"""From an address to a verified file: addresses, resumption, digests, what is missing.

What is in the files belongs to `archives` and `networks`.
"""
