"""Expiry notices, and the days they leave."""

from flask import Blueprint

from workforce.core.guard import require_staff

bp = Blueprint("notices", __name__, url_prefix="/notices")
bp.before_request(require_staff)
