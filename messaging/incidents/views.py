"""Incidents and the muster board: the pages, gathered from their modules."""

from messaging.incidents import (
    area_views,
    board_views,
    case_views,
    chase_views,
    opening_views,
    sending_views,
    text_views,
)
from messaging.incidents.doors import bp

__all__ = [
    "area_views",
    "board_views",
    "bp",
    "case_views",
    "chase_views",
    "opening_views",
    "sending_views",
    "text_views",
]
