"""Takes over outcomes that somebody keeps on a sheet of another form into the core tables."""
