"""Asks a trained network, the teacher, about views of the training photos: what a smaller one is to learn."""
