"""What the provider calls: signed, stored before the answer."""

from flask import Blueprint

from workforce.core.guard import require_nobody

bp = Blueprint("hooks", __name__, url_prefix="/hooks")
bp.before_request(require_nobody)
