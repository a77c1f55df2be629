"""Texts out and in: outbox, gateways, conversation, notices, incidents, muster board."""
