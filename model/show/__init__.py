"""Shows a person what a model file says."""
