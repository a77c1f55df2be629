"""The words of the interface, translatable. Services take gettext from here, so that none of them imports a web framework."""

from typing import Any

import flask_babel
from flask import g
from flask_babel import lazy_gettext as _l


def translations() -> Any:
    """The language of the page, looked up once a request: a board asks for it more than a thousand times."""
    if not g:
        return flask_babel.get_translations()
    found = g.get("translations")
    if found is None:
        found = g.translations = flask_babel.get_translations()
    return found


def _(text: str, **values: Any) -> str:
    """`text` in the language of the page, with `%(name)s` filled in."""
    found = str(translations().ugettext(text))
    return found % values if values else found


def _n(one: str, many: str, num: int, **values: Any) -> str:
    """The singular or the plural, with `%(num)d` filled in."""
    return str(translations().ungettext(one, many, num)) % {"num": num, **values}


__all__ = ["_", "_l", "_n", "translations"]
