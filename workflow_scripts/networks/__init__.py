"""Architectures, weights, tokenizers, heads from prompts, and what runs them on a device.

Nothing is trained here, and nothing is measured.
"""
