"""How much numbers and verdicts differ between draws of the whole experiment."""
