"""Texts to one worker, and the texts that failed."""

from flask import Blueprint

from workforce.core.guard import require_staff

bp = Blueprint("outbox", __name__, url_prefix="/texts")
bp.before_request(require_staff)
