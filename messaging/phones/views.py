"""The simulated phones."""

from flask import Blueprint

from workforce.core.guard import require_staff

bp = Blueprint("phones", __name__, url_prefix="/phones")
bp.before_request(require_staff)
