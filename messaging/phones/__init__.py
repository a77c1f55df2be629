"""The simulated network: handsets that a person or a script can answer with."""
