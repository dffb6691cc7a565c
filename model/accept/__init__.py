"""Accepts or refuses a newly trained file against the file of main, the baseline."""
