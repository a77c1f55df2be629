"""Commands about texts."""

from workforce.core.commands import group

texts = group("texts", "Texts.")
