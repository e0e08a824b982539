"""What figures and tables share: style, families, panels, figure captions, the paper's numbers.

Nothing is computed here that a measure could be asked for.
"""
