"""What a user adds: a study to the tables, a notebook to the reports."""
