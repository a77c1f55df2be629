"""Papers about to expire, noticed once and texted."""
