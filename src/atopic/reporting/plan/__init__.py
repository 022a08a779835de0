"""What to build: manifest, parameters, jobs, and what is built already."""
