"""The logic of hack/release, rollback, propose and verdict: what they do to git, and what they read from Argo CD.

Standard library only, Python 3.11 or newer: the commands also run where the environment is not installed.
"""
