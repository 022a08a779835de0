"""Statistics of small responder samples, on arrays: no table, no file, no figure."""
