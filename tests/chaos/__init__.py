"""Processes killed again and again while texts leave, against a provider that misbehaves. `python -m tests.chaos --help`."""
