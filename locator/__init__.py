"""Where people and places are: positions, places, nearest, gazetteer, map."""
