"""One folder a notebook: its estimates, its charts, its tables, its words."""
