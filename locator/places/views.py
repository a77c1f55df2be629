"""Pages about places."""

from flask import Blueprint

from workforce.core.guard import require_staff

bp = Blueprint("places", __name__, url_prefix="/places")
bp.before_request(require_staff)
