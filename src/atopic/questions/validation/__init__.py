"""The library beside other software."""
