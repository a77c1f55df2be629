"""Commands about notices."""

from workforce.core.commands import group

notices = group("notices", "Notices.")
