"""Commands about incidents."""

from workforce.core.commands import group

incidents = group("incidents", "Incidents.")
