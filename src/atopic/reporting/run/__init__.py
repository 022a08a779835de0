"""Runs jobs: here, in forks, or on a Dask cluster."""
