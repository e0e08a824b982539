"""The plugin `console`, under the name by which Snakemake looks for it on PYTHONPATH."""

from workflow_scripts.console.handler import LogHandler

__all__ = ["LogHandler"]
