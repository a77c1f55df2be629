"""How the phones of the demo answer: most at once, some late, some not at all, as people did."""

from typing import Any

from messaging.demo.cast import Member

AFTERWARDS = 12.0
THANKS = {
    "tl": "ok po, salamat",
    "ne": "hunchha",
    "bn": "thik ache",
    "hi": "theek hai",
    "sw": "sawa",
    "ar": "شكرا",
    "en": "ok, thank you",
}
NETWORKS = ("Sahel Mobile", "Gulf Cell")
# Who never answers: nothing but a person's word brings them onto the board.
MUTE = frozenset({"SILENT", "SILENT_OFF", "WRONG_NUMBER"})


def steps(member: Member) -> list[dict[str, Any]]:
    """The script of one phone, as docs/texts.md describes it.

    Each step answers once, so there are as many as there may be texts: a second incident finds the phones awake.
    """
    if member.plan in MUTE:
        return []
    chat = {"when": "one_to_one", "after": 5, "say": THANKS[member.language]}
    said = {"when": "crisis", "after": member.after, "say": member.say}
    if member.plan in {"HELP", "NOT_SAFE"}:
        return [said, chat]
    again = [{"when": "crisis", "after": AFTERWARDS + member.number % 20, "say": "1"} for _ in range(3)]
    if member.plan == "LATE":
        return [{"when": "crisis"}, said, *again, chat]
    return [said, *again, chat]


def faults(member: Member) -> dict[str, Any]:
    """What is wrong with the phone itself."""
    return {
        "language": member.language,
        "network": NETWORKS[member.number % 2],
        "is_on": member.plan != "SILENT_OFF",
        "is_in_service": member.plan != "WRONG_NUMBER",
    }
