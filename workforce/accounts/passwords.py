"""Passwords: argon2id, no rules of composition, the well-known ones refused. Source of the parameters: OWASP, NIST SP 800-63B-4."""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from workforce.core.errors import Invalid
from workforce.core.words import _

SHORTEST = 12
LONGEST = 256
_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=2)
_turns = threading.Semaphore(4)  # Each hash takes 64 MiB: a storm of log-ins must not take the machine.
_KNOWN = frozenset(
    {
        "password",
        "passwort",
        "contrasena",
        "qwertyuiop",
        "letmein",
        "iloveyou",
        "administrator",
        "welcome",
        "changeme",
        "123456789012",
    }
)


def check(password: str) -> None:
    """Raises Invalid for a password that is too short, too long or too well known."""
    if len(password) < SHORTEST:
        raise Invalid(
            _(
                "At least %(number)d characters. Four words you can remember are better than one riddle.",
                number=SHORTEST,
            )
        )
    if len(password) > LONGEST:
        raise Invalid(_("At most %(number)d characters.", number=LONGEST))
    plain = password.casefold().strip("0123456789!?.-_ ")
    if plain in _KNOWN or len(set(password)) < 5:
        raise Invalid(_("Too easy to guess. Try four words that have nothing to do with each other."))


def hashed(password: str) -> str:
    """The argon2id hash to keep."""
    with _turns:
        return _hasher.hash(password)


def matches(kept: str, password: str) -> bool:
    """Whether `password` is the one. Takes the same time for an empty hash: nobody learns which accounts exist."""
    with _turns:
        try:
            return _hasher.verify(kept or _nobody(), password) and bool(kept)
        except (VerificationError, InvalidHashError):
            return False


_decoy: list[str] = []


def _nobody() -> str:
    if not _decoy:
        _decoy.append(_hasher.hash("nobody logs in with this"))
    return _decoy[0]
