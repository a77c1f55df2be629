"""The words of the interface, translatable. Services take gettext from here, so that none of them imports a web framework."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext as _n

__all__ = ["_", "_l", "_n"]
