"""Tables of texts, notices and incidents, and facts about one row."""

from messaging.models.broadcasts import Broadcast, Recipient
from messaging.models.incidents import (
    ACCOUNTED,
    STATUSES,
    Area,
    Case,
    CasePerson,
    Incident,
    IncidentLine,
    Person,
    StatusReport,
)
from messaging.models.notices import Notice, NoticeLadder, NoticeRun
from messaging.models.phones import Handset, HandsetText
from messaging.models.texts import AT_LEAST_ONCE, PRIORITIES, RANKS, Message, MessageEvent, Question, TextTemplate

__all__ = [
    "ACCOUNTED",
    "AT_LEAST_ONCE",
    "PRIORITIES",
    "RANKS",
    "STATUSES",
    "Area",
    "Broadcast",
    "Case",
    "CasePerson",
    "Handset",
    "HandsetText",
    "Incident",
    "IncidentLine",
    "Message",
    "MessageEvent",
    "Notice",
    "NoticeLadder",
    "NoticeRun",
    "Person",
    "Question",
    "Recipient",
    "StatusReport",
    "TextTemplate",
]
