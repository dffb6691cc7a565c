"""Proves that a server answers, answers right, and is what its commit claims. Runs inside the serving image.

Standard library and the torch-free part of `model.contract`: every new pod runs it before it gets traffic, so it must
start fast.
"""
