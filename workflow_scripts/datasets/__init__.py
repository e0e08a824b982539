"""The stage `datasets`: drawing, reading and storing images."""
