"""The blueprint of the pages about papers, for the modules that hang pages on it."""

from flask import Blueprint

from workforce.core.guard import require_staff

bp = Blueprint("papers", __name__, url_prefix="/documents")
bp.before_request(require_staff)
