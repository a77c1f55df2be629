"""The map, and a worker's place."""

from flask import Blueprint

from workforce.core.guard import require_staff

bp = Blueprint("whereabouts", __name__, url_prefix="/map")
bp.before_request(require_staff)
