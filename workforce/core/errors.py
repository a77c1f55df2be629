"""What can go wrong, named in the domain. `core/web.py` alone knows which HTTP status each one becomes."""


class DomainError(Exception):
    """A broken rule, with a message fit for the person at the screen."""


class Invalid(DomainError):
    """Something typed or handed in cannot be used."""


class NotFound(DomainError):
    """There is no such thing, or it is another agency's: the difference is not ours to reveal."""


class NotAllowed(DomainError):
    """This person's role does not include the act."""


class Conflict(DomainError):
    """Somebody else was there first: a number in use, a page that has changed since it was opened."""


class TooMany(DomainError):
    """Too often in too short a time; `retry_after_seconds` says how long to wait."""

    def __init__(self, message: str, retry_after_seconds: int = 60) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Unsafe(Exception):
    """The installation is set up in a way that would endanger people; we refuse to run. Not a user's mistake."""


class Unscoped(Exception):
    """Code touched an agency's rows without saying which agency. Always a bug, never shown as data."""
