"""The files of the whole site, and where they are written."""
