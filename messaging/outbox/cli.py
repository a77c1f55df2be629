"""Commands about messages."""

from workforce.core.commands import group

messages = group("messages", "Messages.")
