"""Commands about the audit log."""

import sys

from workforce import agencies
from workforce.core import audit, db, tenancy
from workforce.core.commands import agency_option, group, json_option, show
from workforce.core.errors import Conflict
from workforce.core.words import _

trail = group("audit", "The audit log.")


@trail.command()
@agency_option
@json_option
def verify(agency_name: str | None, *, as_json: bool) -> None:
    """Walk the chain of every agency's log and name the first line that is not as it was written."""
    wanted = [agencies.only_one(agency_name).id] if agency_name else agencies.every_id()
    found = []
    for agency_id in wanted:
        with tenancy.agency(agency_id), db.reading() as session:
            verdict = audit.verify(session, agency_id)
            found.append(
                {
                    "agency": agencies.get(session, agency_id).name,
                    "lines": verdict.lines,
                    "first_bad": verdict.first_bad,
                }
            )
    show(
        found, as_json=as_json, plain=lambda rows: "\n".join(_said(row) for row in rows) or _("There is no agency yet.")
    )
    if any(row["first_bad"] for row in found):
        if as_json:
            sys.exit(1)  # The list has said it: a second document would make it no JSON.
        raise Conflict(_("The log has been changed."))


def _said(row: dict[str, object]) -> str:
    if row["first_bad"]:
        return _("%(agency)s: broken at line %(line)s", agency=row["agency"], line=row["first_bad"])
    return _("%(agency)s: %(lines)s lines, the chain holds", agency=row["agency"], lines=row["lines"])
