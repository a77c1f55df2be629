"""Where workers were last, under consent, and the map of it."""
