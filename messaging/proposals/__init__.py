"""What workers ask us to change: kept as it came, and done only when a person has confirmed it."""
