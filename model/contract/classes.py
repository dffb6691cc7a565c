"""The two classes, in the order of the model's outputs."""

CLASSES = ("cat", "dog")
