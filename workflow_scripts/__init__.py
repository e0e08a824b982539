"""The scripts of the workflow: a package for each stage, `lib` for what several share."""
