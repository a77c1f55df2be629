"""Maps drawn on the server: everybody, and one person's place. They need no scripts, and say what they show."""

from collections.abc import Iterable

from markupsafe import Markup

from locator import gazetteer
from locator.geodesy import Point, cell_centre
from locator.mapdraw import Frame, draw
from locator.mapmarks import Here, Ring, Rings, Sign, Town, Trail
from locator.models import Position
from locator.outlines import Bounds, country_names
from locator.places.places import Known
from locator.whereabouts.gathering import Everyone, around
from workforce.core.words import _

_WORLD = Bounds(-35.0, -20.0, 60.0, 140.0)
_MOST_TOWNS = 5
_APART_PX = 52


def of_everyone(
    people: Everyone,
    *,
    width: int,
    height: int,
    fallback: Bounds | None,
    places: Iterable[Known] = (),
    margin: int = 56,
    is_filling: bool = False,
) -> Markup:
    """Discs with numbers on the land they stand on."""
    bounds = people.bounds or fallback or _WORLD
    frame = Frame.around(bounds, width, height, margin=margin if people.gatherings else 8)
    rings = [Ring(one.point, {"": one.total}, one.name, is_main=at == 0) for at, one in enumerate(people.gatherings)]
    signs = [Sign(place.point, place.kind) for place in places]
    label = _(
        "Map: %(people)s people in %(towns)s towns; the list says the same in words",
        people=people.total - people.nowhere,
        towns=len(rings),
    )
    return draw(frame, [*signs, Rings(rings)], label=label, focus=_focus(people), is_filling=is_filling)


def of_one(
    point: Point,
    *,
    precision_km: float,
    name: str,
    before: Iterable[Position] = (),
    places: Iterable[Known] = (),
    width: int = 480,
    height: int = 280,
) -> Markup:
    """One person: the circle within which they were, the cells they came through, towns and places near."""
    stops = [cell_centre((one.cell_lat, one.cell_lon)) for one in before]
    places = list(places)
    bounds = around([point, *stops]) or _WORLD
    frame = Frame.around(bounds, width, height, margin=48)
    layers: list[Town | Trail | Sign | Here] = [
        Town(town.point, town.name, is_main=at == 0, away=_beside_signs(frame, town.point, places))
        for at, town in enumerate(_towns(frame, point))
    ]
    layers += [Sign(place.point, place.kind) for place in places if _holds(frame, place.point)]
    way = [stop for at, stop in enumerate(stops) if at == 0 or stop != stops[at - 1]]
    if way and way[-1] != point:
        layers.append(Trail([*way, point]))
    layers.append(Here(point, precision_km))
    return draw(
        frame, layers, label=_("Map: where %(name)s was, to about %(km)s km", name=name, km=round(precision_km))
    )


def _towns(frame: Frame, point: Point) -> list[gazetteer.Town]:
    """The biggest towns in the picture, far enough from each other and from the person."""
    town, _km = gazetteer.nearest(point)
    kept: list[gazetteer.Town] = []
    taken = [frame.at(point)]
    for one in gazetteer.towns(town.country):
        if not _holds(frame, one.point):
            continue
        x, y = frame.at(one.point)
        if all(abs(x - other_x) > _APART_PX or abs(y - other_y) > _APART_PX / 2 for other_x, other_y in taken):
            kept.append(one)
            taken.append((x, y))
        if len(kept) == _MOST_TOWNS:
            break
    return kept


def _beside_signs(frame: Frame, town: Point, places: Iterable[Known]) -> float:
    """How far from its dot a town's name begins: beyond the plate of a hospital or airport that lies on the dot."""
    x, y = frame.at(town)
    signs = [frame.at(place.point) for place in places]
    return max([4.0, *(sx - x + 12 for sx, sy in signs if abs(sy - y) < 14 and -12 < sx - x < 24)])


def _holds(frame: Frame, point: Point) -> bool:
    x, y = frame.at(point)
    return 12 < x < frame.width - 12 and 12 < y < frame.height - 12


def _focus(people: Everyone) -> tuple[str, ...]:
    known = country_names()
    return tuple(sorted({one.country for one in people.gatherings if one.country in known}))
