"""What the measures of the target `beyond` alone depend on."""
