"""Figures of the frames of estimates: one style, one colour a role; nothing is shown or saved."""
