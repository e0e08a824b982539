"""The stage `activations`: encoder outputs of every model on its data sets."""
