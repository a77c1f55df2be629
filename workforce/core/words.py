"""The words of the interface, translatable. Services take gettext from here, so that none of them imports a web framework."""

from typing import Any

import flask_babel
from flask_babel import lazy_gettext as _l


def _(text: str, **values: Any) -> str:
    """`text` in the language of the page, with `%(name)s` filled in."""
    return str(flask_babel.gettext(text, **values))


def _n(one: str, many: str, num: int, **values: Any) -> str:
    """The singular or the plural, with `%(num)d` filled in."""
    return str(flask_babel.ngettext(one, many, num, **values))


__all__ = ["_", "_l", "_n"]
