"""A crisis: areas, audience, broadcasts, muster board, cases."""
