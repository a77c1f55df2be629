"""Texts on their way out: the queue, the delivery, the gateways."""
