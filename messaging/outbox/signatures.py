"""Whose signature counts for whom: the auth token of each account, kept in memory for a few seconds."""

import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import or_, select
from twilio.request_validator import RequestValidator

from messaging.outbox import lines
from workforce.core import tenancy
from workforce.core.config import Settings
from workforce.core.db import reading
from workforce.models import Agency

FRESH_SECONDS = 5.0
MOST_ACCOUNTS = 1_000
NOBODY: frozenset[uuid.UUID] = frozenset()


@dataclass(frozen=True)
class Account:
    """One account: each of its auth tokens that we were told, with the agencies it serves, as read at `read_at`.

    `read_at` is in seconds of a clock that only goes forward.
    """

    signers: tuple[tuple[RequestValidator, frozenset[uuid.UUID]], ...]
    read_at: float


class Accounts:
    """The accounts of this process, each read anew every few seconds: a token that was changed counts at once enough.

    One request reads while the others go by what is known: receipts come by the thousand.
    """

    def __init__(self) -> None:
        self._known: dict[str, Account] = {}
        self._reading = threading.Lock()

    def signing(self, settings: Settings, *, url: str, form: Mapping[str, str], signature: str) -> frozenset[uuid.UUID]:
        """The agencies whose account signed this call with its auth token: none where it is forged."""
        account_sid, agencies = form.get("AccountSid", ""), NOBODY
        if not signature or not account_sid:
            return NOBODY
        for validator, served in self.of(account_sid, settings).signers:
            if validator.validate(url, form, signature):
                agencies |= served
        return agencies

    def of(self, account_sid: str, settings: Settings) -> Account:
        """The account of this name; without signers where nobody here has it."""
        known = self._known.get(account_sid)
        if known is not None and time.monotonic() - known.read_at < FRESH_SECONDS:
            return known
        if known is None:
            self._reading.acquire()
        elif not self._reading.acquire(blocking=False):
            return known
        try:
            began = time.monotonic()
            known = self._known.get(account_sid)
            if known is not None and began - known.read_at < FRESH_SECONDS:
                return known  # Somebody read it while we waited.
            self._known.pop(account_sid, None)  # What cannot be read anew counts no longer.
            found = Account(_signers_of(account_sid, settings), began)
            if len(self._known) >= MOST_ACCOUNTS:  # Names that a stranger made up must not fill the memory.
                self._known.clear()
            self._known[account_sid] = found
            return found
        finally:
            self._reading.release()


def _signers_of(account_sid: str, settings: Settings) -> tuple[tuple[RequestValidator, frozenset[uuid.UUID]], ...]:
    served: dict[str, set[uuid.UUID]] = {}
    real = select(Agency).where(Agency.is_demo.is_(False))
    with tenancy.across_agencies("signature: the account knows whom it serves"), reading() as db:
        for agency in db.scalars(real.where(Agency.twilio_account_sid == account_sid)):
            who = lines.credentials_of(db, agency, settings)
            if who.account_sid == account_sid and who.auth_token:
                served.setdefault(who.auth_token, set()).add(agency.id)
        if account_sid == settings.twilio_account_sid and settings.twilio_auth_token:
            # Whoever has no account of their own goes by the installation's: the same rule as in `lines.credentials_of`.
            without = or_(Agency.twilio_account_sid == "", Agency.twilio_auth_token_sealed.is_(None))
            ids = db.scalars(real.where(without).with_only_columns(Agency.id))
            served.setdefault(settings.twilio_auth_token, set()).update(ids)
    return tuple((RequestValidator(token), frozenset(agencies)) for token, agencies in served.items())
