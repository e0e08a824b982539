"""Report cards: what the tidy tables say of a few models, beside reference ranges, for readers.

Numbers are read and put into words and pictures; nothing is computed that a measure could be.
"""
