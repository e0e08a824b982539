"""The miniature's picture world: objects, surfaces, renditions and their captions."""
