"""The contracts between stages: what files hold, how they are written whole and checked when read.

No network is built here, and nothing is measured.
"""
