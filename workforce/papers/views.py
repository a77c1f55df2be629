"""Pages about papers and their files."""

from flask import Blueprint

from workforce.core.guard import require_staff

bp = Blueprint("papers", __name__, url_prefix="/documents")
bp.before_request(require_staff)
