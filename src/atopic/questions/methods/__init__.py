"""The methods behind the reports, with worked numbers."""
