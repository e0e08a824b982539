"""CKA between the layers of two models."""
