"""Today, search and reports."""

from flask import Blueprint

from workforce.core.guard import require_staff

bp = Blueprint("desk", __name__, url_prefix="/")
bp.before_request(require_staff)
