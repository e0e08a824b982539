"""The code behind the rules: rooms of modules by subject, and one folder of scripts for each stage.

Imports run downwards only, in the order of `ROOMS`; nothing imports from a stage.
"""

# From the bottom up: each room imports from itself and from those before it.
ROOMS = (
    "method",
    "job",
    "console",
    "study",
    "files",
    "archives",
    "drawing",
    "transfer",
    "plan",
    "networks",
    "own",
    "training",
    "analysis",
    "reporting",
    "cards",
    "page",
)
STAGES = ("downloads", "datasets", "models", "activations", "measures", "figures", "tables",
          "report")  # fmt: skip
