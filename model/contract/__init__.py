"""What training and serving share: from bytes to pixels, golden images, and reading an exported model.

All of it is in the image. It imports neither torchvision nor mlflow, and torch only where a model is read.
"""
