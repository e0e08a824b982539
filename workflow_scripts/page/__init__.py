"""The report page: figures, tables and verdicts put beside what the paper says, as HTML.

Numbers are read and put into words; nothing is computed that a measure could be.
"""
