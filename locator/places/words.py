"""What places and their kinds are called on pages."""

from workforce.core.words import _l

KIND_WORDS = {
    "embassy": _l("Embassies and consulates"),
    "hospital": _l("Hospitals"),
    "airport": _l("Airports"),
    "seaport": _l("Seaports"),
    "border": _l("Border crossings"),
    "shelter": _l("Shelters"),
    "assembly": _l("Assembly points"),
}
ONE_WORDS = {
    "embassy": _l("Embassy or consulate"),
    "hospital": _l("Hospital"),
    "airport": _l("Airport"),
    "seaport": _l("Seaport"),
    "border": _l("Border crossing"),
    "shelter": _l("Shelter"),
    "assembly": _l("Assembly point"),
}
KIND_ICONS = {
    "embassy": "flag",
    "hospital": "hospital",
    "airport": "airplane",
    "seaport": "water",
    "border": "signpost-split",
    "shelter": "house-door",
    "assembly": "arrows-angle-contract",
}
