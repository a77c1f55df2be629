"""Commands about users and agencies."""

from workforce.core.commands import group

users = group("users", "Users.")
agencies = group("agencies", "Agencies.")
