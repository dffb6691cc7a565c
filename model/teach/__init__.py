"""Writes down a pretrained network's features of the training photos, for distillation."""
