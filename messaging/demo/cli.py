"""Commands about demo."""

from workforce.core.commands import group

demo = group("demo", "Demo.")
