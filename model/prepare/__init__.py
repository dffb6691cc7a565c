"""Turns a folder of photos into arrays, split into train, validation and test, and reads them back."""
