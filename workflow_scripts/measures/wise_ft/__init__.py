"""Models between a zero-shot model and its finetuned one."""
