"""Logs a finished training to MLflow and registers its exported file as a version of the model."""
