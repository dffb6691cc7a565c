"""Proves that a server answers, answers right, and is what its commit claims. Runs inside the serving image.

Standard library and `model.contract` without torch: every new pod runs it before it takes traffic, so it starts fast.
"""
