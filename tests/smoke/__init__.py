"""Proves that a server answers, answers right, and is what its commit claims. Runs inside the serving image.

Standard library and `model.golden` only: every new pod runs it before it takes traffic, so it has to start fast.
"""
