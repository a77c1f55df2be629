"""Pages of the roster import."""

from flask import Blueprint

from workforce.core.guard import require_staff

bp = Blueprint("rosters", __name__, url_prefix="/imports")
bp.before_request(require_staff)
