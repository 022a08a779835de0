"""Begins a review: its words, its tables, its reports, and what a repository of it needs."""
