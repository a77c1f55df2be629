"""Whom we look after: agencies, users, workers, families, documents, consent, imports."""
