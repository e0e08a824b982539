"""Figures, tables and the report card: what each is made of, and why a study lacks one."""
