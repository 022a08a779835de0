"""Runs notebooks in forks of one warm process; knows nothing of reports."""
