"""What the log-in page shows: the coast, and where there is a demo, its people as dots and how to log in."""

from functools import lru_cache
from typing import Any

from markupsafe import Markup

from locator import mapdraw, mapmarks
from locator.geodesy import Point
from locator.outlines import Bounds
from messaging.demo import cast, loading
from workforce.accounts.users import ROLE_WORDS
from workforce.core.words import _

_FRAME = mapdraw.Frame.around(Bounds(25.6, 9.6, 40.4, 26.6), 820, 900)
_INLAND = 0.3
_TOWNS: tuple[tuple[str, float, float, mapmarks.Side], ...] = (
    ("Tunis", 36.80, 10.18, "right"), ("Valletta", 35.90, 14.51, "right"), ("Athens", 37.98, 23.73, "right"), ("Ras Ajdir", 33.15, 11.55, "left"),
    ("Tripoli", 32.89, 13.19, "above"), ("Misrata", 32.38, 15.09, "above"), ("Sirte", 31.21, 16.59, "above"), ("Benghazi", 32.12, 20.07, "above"),
    ("Tobruk", 32.08, 23.96, "above"), ("Sabha", 27.04, 14.43, "right"),
)  # fmt: skip


def extras() -> dict[str, Any]:
    """`login_map`, and with a demo `demo_logins`."""
    has_demo = loading.find() is not None
    shown: dict[str, Any] = {
        "login_map": coast(has_demo, _("The Mediterranean coast of North Africa"), _("Mediterranean Sea"), _("Libya"))
    }
    if has_demo:
        shown["demo_logins"] = [
            {"email": email, "role": ROLE_WORDS[role], "password": cast.PASSWORD} for email, _name, role in cast.USERS
        ]
    return shown


@lru_cache(maxsize=8)
def coast(has_people: bool, label: str, sea: str, country: str) -> Markup:  # noqa: FBT001  A key of the cache, not a switch.
    """The drawing, made once for each language."""
    layers: list[Any] = [mapmarks.Text(Point(34.4, 18.5), sea, "sea")]
    if has_people:
        layers += [mapmarks.Text(Point(28.7, 18.0), country.upper(), "country"), mapmarks.Dots(_crowds())]
        layers += [mapmarks.Town(Point(lat, lon), name, side) for name, lat, lon, side in _TOWNS]
    return mapdraw.draw(_FRAME, layers, label=label, focus=(cast.HOST,), has_scale=False, is_filling=True)


def _crowds() -> list[Point]:
    """One point for each person, a town's people together and a little inland: their names stand on the coast."""
    towns: dict[str, Point] = {}
    for one in cast.members():
        towns.setdefault(one.site.town, Point(one.site.point.lat - _INLAND, one.site.point.lon))
    return [towns[one.site.town] for one in cast.members()]
