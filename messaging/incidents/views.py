"""Incidents and the muster board."""

from flask import Blueprint

from workforce.core.guard import require_staff

bp = Blueprint("incidents", __name__, url_prefix="/incidents")
bp.before_request(require_staff)
