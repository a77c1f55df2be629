"""What time it is. Rules receive `now` or `today`; only doors (views, commands, jobs) ask."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.now(UTC)


def today_in(zone: str) -> date:
    """The calendar day in `zone` (an IANA key such as `Asia/Manila`)."""
    return now().astimezone(ZoneInfo(zone)).date()
