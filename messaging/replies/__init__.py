"""Whether a reply can come back from a country, and what we put into a text where it cannot."""
