"""What several measures share: the method applied to files, with resamples of the images.

Definitions belong to `method`; what one measure needs alone lies in its script.
"""
