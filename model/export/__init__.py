"""Writes the file to serve: frozen TorchScript with its metadata."""
