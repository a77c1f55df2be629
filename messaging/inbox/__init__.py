"""Texts that came in: stored, understood, answered, handled by a person."""
