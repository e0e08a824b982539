"""Stage `downloads`: the originals' archives and weights, verified before anything reads them."""
