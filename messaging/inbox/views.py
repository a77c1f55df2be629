"""The inbox: what workers wrote, HELP on top."""

from flask import Blueprint

from workforce.core.guard import require_staff

bp = Blueprint("inbox", __name__, url_prefix="/inbox")
bp.before_request(require_staff)
