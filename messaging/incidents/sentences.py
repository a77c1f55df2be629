"""An incident's log line as a sentence: what happened, in numbers, never in anybody's words."""

from typing import Any

from messaging.models import IncidentLine
from workforce.core.words import _, _n


def of(line: IncidentLine) -> str:
    """The sentence; an unknown kind is shown as it is."""
    return (_about_texts(line.detail) | _about_people(line.detail)).get(line.kind, line.kind)


def _about_texts(told: dict[str, Any]) -> dict[str, str]:
    return {
        "text_sent": _("Text %(number)s to %(people)s people", number=told.get("sequence"), people=told.get("people")),
        "text_asked": _("Text %(number)s waits for a second person", number=told.get("sequence")),
        "text_approved": _("Text %(number)s approved", number=told.get("sequence")),
        "text_sent_back": _("Text %(number)s sent back", number=told.get("sequence")),
        "text_taken_back": _("Text %(number)s taken back before anybody approved", number=told.get("sequence")),
        "text_lapsed": _("Nobody approved text %(number)s in half an hour", number=told.get("sequence")),
        "glass_broken": _(
            "Text %(number)s to %(people)s people: sent alone, in a minute",
            number=told.get("sequence"),
            people=told.get("people"),
        ),
        "glass_stopped": _("Text %(number)s stopped before it left", number=told.get("sequence")),
        "glass_void": _("Text %(number)s did not leave: nobody could be texted", number=told.get("sequence")),
        "glass_reviewed": _("Text %(number)s, sent alone, reviewed", number=told.get("sequence")),
        "text_recalled": _(
            "Text %(number)s recalled, %(people)s people corrected",
            number=told.get("sequence"),
            people=told.get("people"),
        ),
        "text_paused": _("Text %(number)s held back", number=told.get("sequence")),
        "text_sending": _("Text %(number)s goes on", number=told.get("sequence")),
        "text_done": _("Text %(number)s: all have left", number=told.get("sequence")),
        "text_cancelled": _("Text %(number)s called back", number=told.get("sequence")),
    }


def _about_people(told: dict[str, Any]) -> dict[str, str]:
    area = {"danger": _("Danger area"), "safe": _("Safe area"), "interest": _("Area of interest")}.get(
        str(told.get("area")), _("Area")
    )
    return {
        "opened": _("Incident opened, %(people)s people on the board", people=told.get("people")),
        "closed": _("Incident closed"),
        "level": _("Alert level %(level)s", level=told.get("level")),
        "area_drawn": _("%(area)s drawn", area=area) + (f", {told['name']}" if told.get("name") else ""),
        "area_removed": _("%(area)s taken away", area=area),
        "case_opened": _("Case %(number)s opened", number=told.get("number")),
        "case_taken": _("Case %(number)s taken", number=told.get("number")),
        "case_closed": _("Case %(number)s closed, %(status)s", number=told.get("number"), status=told.get("status")),
        "paged": _("Nobody has case %(number)s: the next person was asked", number=told.get("number")),
        "asked_again": _n(
            "%(num)d person asked again, SAFE was 12 h old",
            "%(num)d people asked again, SAFE was 12 h old",
            int(told.get("people", 0)),
        ),
        "merged": _("Two records of one person were merged"),
        "unmerged": _("A merge of two records was undone"),
        "chased": _n(
            "%(num)d text about people who are silent",
            "%(num)d texts about people who are silent",
            int(told.get("people", 0)),
        ),
        "call_unanswered": _("Called, nobody answered"),
        "ladder_changed": _("How the silent are chased was changed"),
        "marked": _("Marked %(status)s by hand", status=told.get("status")),
    }
