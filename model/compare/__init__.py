"""Prints a table of the training runs that MLflow has, or compares two model files."""
