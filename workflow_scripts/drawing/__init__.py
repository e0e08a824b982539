"""The images of the miniature: scenes, shapes, surfaces, captions, archives like the originals.

Nothing here knows a network; the sets that are drawn are described in study.yaml.
"""
