"""How fast texts leave through an agency's sender: what the page of a broadcast reckons with before it is sent."""

from sqlalchemy.orm import Session

from messaging.outbox import limits
from workforce.models import Agency

SIMULATED = (
    10.0  # The simulated network has no limit; ten is what a carrier commonly takes, so that a rehearsal is one.
)


def has_day_limits(agency: Agency, *, is_exercise: bool) -> bool:
    """Whether a country's limit of the day is kept to: by senders at Twilio, not by the simulated network."""
    return agency.gateway == "twilio" and not agency.is_demo and not is_exercise


def segments_per_second(db: Session, agency: Agency) -> float:
    """Parts a second of this agency's sender, as the delivery keeps to it."""
    if agency.is_demo or agency.gateway == "simulator":
        return agency.parts_per_second or SIMULATED
    return limits.rate_of(agency, agency.twilio_messaging_service_sid or agency.sender or "")
