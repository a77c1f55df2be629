"""Commands about workers."""

from workforce.core.commands import group

workers = group("workers", "Workers.")
