"""Response rates, arm by arm."""
