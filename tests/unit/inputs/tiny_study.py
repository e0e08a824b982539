"""The architectures of tests/studies/tiny, small enough to be trained within a test."""

import json
from pathlib import Path

import torch

# Networks this small lose more by sharing work among threads than they gain.
torch.set_num_threads(1)

_FOLDER = Path(__file__).resolve().parents[2] / "studies" / "tiny" / "architectures"

ARCHITECTURE = {path.stem: json.loads(path.read_text()) for path in _FOLDER.glob("*.json")}
PREPROCESSING = {"view": "pixels32", "mean": [0.5, 0.4, 0.3], "std": [0.2, 0.3, 0.4]}
