"""Commands about places."""

from workforce.core.commands import group

places = group("places", "Places.")
