"""Settings: the agency, its users, its words."""

from flask import Blueprint

from workforce.core.guard import require_admin

bp = Blueprint("office", __name__, url_prefix="/settings")
bp.before_request(require_admin)
