"""The stage `models`: pretraining, finetuning and supervised training to bundles."""
