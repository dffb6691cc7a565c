"""What training and serving share: from bytes to pixels, classes, golden photos, and reading an exported file.

All of it is in the image. It imports neither torchvision nor mlflow, and torch only where a model is read.
"""
