"""The judge: proves that a server answers, answers right, and is what its commit claims.

It runs in a plain Python image, beside each server and after each rollout, and brings nothing but these files: standard
library and relative imports only. `python -m smoke` runs it from a ConfigMap, `python -m tests.smoke` from a checkout.
"""
