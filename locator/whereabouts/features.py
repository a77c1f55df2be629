"""What the browser's own map draws: rings of people, towns, places. Nothing finer than the server-drawn map shows."""

from collections.abc import Callable, Iterable
from typing import Any

from locator import gazetteer, outlines
from locator.mapmarks import sign_path
from locator.outlines import Bounds
from locator.places.places import Known
from locator.whereabouts.gathering import Everyone

MOST_PLACES = 300
_MOST_TOWNS = 30
_WIDEST_DEGREES = 45.0  # Seen from further away a name for each town would cover the map.
_TOWNS_OF_A_COUNTRY = 60


def of_people(people: Everyone) -> list[dict[str, Any]]:
    """One ring a town: where, how many, its name and the id of its entry in the list."""
    return [
        {"lat": one.point.lat, "lon": one.point.lon, "count": one.total, "name": one.name, "entry": f"town-{at}"}
        for at, one in enumerate(people.gatherings)
    ]


def around(bounds: Bounds, places: Iterable[Known], url: Callable[[Known], str]) -> dict[str, Any]:
    """Towns and places inside `bounds`, and the sign of each kind."""
    shown = list(places)
    return {
        "towns": [{"lat": town.lat, "lon": town.lon, "name": town.name} for town in _towns(bounds)],
        "places": [
            {
                "lat": place.lat,
                "lon": place.lon,
                "kind": place.kind,
                "name": place.name,
                "phone": place.phone,
                "url": url(place),
            }
            for place in shown
        ],
        "signs": {kind: sign_path(kind) for kind in {place.kind for place in shown}},
    }


def _towns(bounds: Bounds) -> list[gazetteer.Town]:
    if bounds.east - bounds.west > _WIDEST_DEGREES:
        return []
    every = [
        town
        for code in outlines.codes_within(bounds)
        for town in gazetteer.towns(code)[: _TOWNS_OF_A_COUNTRY * 10]
        if bounds.south < town.lat < bounds.north and bounds.west < town.lon < bounds.east
    ]
    return sorted(every, key=lambda town: -town.population)[:_MOST_TOWNS]
