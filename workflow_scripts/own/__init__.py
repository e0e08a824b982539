"""Models and images of one's own as a study: what was asked for, looked up and written.

It is read while the workflow is parsed, without torch. What open_clip, timm and torchvision say of
a model, and what lies in a file of weights, is asked of a process of its own (`describe`).
"""
