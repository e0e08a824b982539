"""The training loop and what feeds it: images, texts, optimisers, processes.

Which model is trained how is said by the scripts of the stage `models` and by recipes.
"""
