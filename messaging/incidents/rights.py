"""Who may write and send to many, and when: asked by every rule that does."""

from messaging.models import Incident
from workforce.core.errors import Conflict, NotAllowed
from workforce.core.tenancy import Actor
from workforce.core.words import _

WRITERS = frozenset({"manager"})
REVIEWERS = frozenset({"manager", "admin"})
MANY = 50


def may_write(actor: Actor) -> None:
    """Raises NotAllowed for whoever is no manager."""
    if actor.role not in WRITERS:
        raise NotAllowed(_("Only a manager writes and sends texts to many people."))


def is_open(incident: Incident) -> None:
    """Raises Conflict when the incident is closed."""
    if incident.closed_at is not None:
        raise Conflict(_("%(code)s is closed. Open a new incident to text people.", code=incident.code))


def needs_two(purpose: str, people: int) -> bool:
    """Whether a text may leave only with a second person's yes: evacuation, or more than 50 people."""
    return purpose in {"evacuation", "recall"} or people > MANY
