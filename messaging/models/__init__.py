"""Tables of texts, notices and incidents, and facts about one row."""

from messaging.models.approvals import Approval
from messaging.models.broadcasts import Broadcast, Recipient
from messaging.models.circuits import Circuit
from messaging.models.inbox import Correction, InboxThread
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
from messaging.models.ladder import CallTask, LadderMove
from messaging.models.limits import CountryDay, SenderBucket
from messaging.models.links import MOST_TRIES, DuressWord, WorkerLink
from messaging.models.notices import Notice, NoticeLadder, NoticeRun
from messaging.models.phones import Handset, HandsetText
from messaging.models.proposals import KINDS as PROPOSAL_KINDS
from messaging.models.proposals import Proposal
from messaging.models.replies import ReplyRoute
from messaging.models.tallies import Spread, Tally
from messaging.models.texts import AT_LEAST_ONCE, PRIORITIES, RANKS, Message, MessageEvent, Question, TextTemplate

__all__ = [
    "ACCOUNTED",
    "AT_LEAST_ONCE",
    "MOST_TRIES",
    "PRIORITIES",
    "PROPOSAL_KINDS",
    "RANKS",
    "STATUSES",
    "Approval",
    "Area",
    "Broadcast",
    "CallTask",
    "Case",
    "CasePerson",
    "Circuit",
    "Correction",
    "CountryDay",
    "DuressWord",
    "Handset",
    "HandsetText",
    "InboxThread",
    "Incident",
    "IncidentLine",
    "LadderMove",
    "Message",
    "MessageEvent",
    "Notice",
    "NoticeLadder",
    "NoticeRun",
    "Person",
    "Proposal",
    "Question",
    "Recipient",
    "ReplyRoute",
    "SenderBucket",
    "Spread",
    "StatusReport",
    "Tally",
    "TextTemplate",
    "WorkerLink",
]
