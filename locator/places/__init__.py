"""Embassies, hospitals, airports: kept, imported, and the nearest found."""
