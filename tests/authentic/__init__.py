"""The originals in small: archives and weights in authentic formats, and a host for them."""
