"""Rosters as agencies keep them, each built in a few lines, with what must come out of it beside."""
