"""The logic of hack/release, rollback, propose, verdict and run-image: what they do to git, ask images and read from
Argo CD.

Standard library only, Python 3.11 or newer: the commands also run where the environment is not installed.
"""
