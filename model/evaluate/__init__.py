"""Measures how good a model is: metrics, tables and pictures."""
