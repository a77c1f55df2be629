"""Workers, their families, contacts, numbers and deployments."""
