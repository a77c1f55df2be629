"""The blueprint of the pages about workers, for the modules that hang pages on it."""

from flask import Blueprint

from workforce.core.guard import require_staff

bp = Blueprint("people", __name__, url_prefix="/workers")
bp.before_request(require_staff)
