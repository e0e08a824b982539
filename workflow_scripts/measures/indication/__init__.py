"""Beyond the paper: how well each indicator tells of effective robustness, over models."""
