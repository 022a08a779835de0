"""Placebo, biologics and JAK inhibitors beside the cell therapies."""
