"""The blueprint of incidents. Staff may look, take cases and mark people; what only managers may do says so at its view."""

from flask import Blueprint

from workforce.core.guard import require_staff

bp = Blueprint("incidents", __name__, url_prefix="/incidents")
bp.before_request(require_staff)
