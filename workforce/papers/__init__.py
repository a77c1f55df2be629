"""Documents, their versions and custody, and the sealed files."""
