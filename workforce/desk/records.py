"""The audit log and the statistics, for auditors."""

from flask import Blueprint

from workforce.core.guard import require_auditor

bp = Blueprint("records", __name__, url_prefix="/audit")
bp.before_request(require_auditor)
