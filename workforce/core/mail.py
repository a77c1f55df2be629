"""E-mail to staff, for installations that have a mail server. Workers are never mailed from here."""

import smtplib
import ssl
import threading
from collections.abc import Callable
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit

import structlog

from workforce.core.errors import DomainError
from workforce.core.words import _

TIMEOUT_SECONDS = 10
log = structlog.get_logger()


class NotSent(DomainError):
    """The mail server did not take the message; the reason is in the log, without the address."""


def send(smtp_url: str, *, to: str, subject: str, text: str) -> None:
    """Hand one message to the server named by `smtp_url`. Raises NotSent.

    `smtp://name:password@host:587?from=muster@agency.example`; `smtps://` speaks TLS from the first byte, `smtp://`
    changes to TLS where the server offers it. A password is never sent over a line that stayed open.
    """
    parts = urlsplit(smtp_url)
    message = EmailMessage()
    message["From"] = parse_qs(parts.query).get("from", [unquote(parts.username or "") or f"muster@{parts.hostname}"])[
        0
    ]
    message["To"], message["Subject"] = to, subject
    message.set_content(text)
    try:
        with _server(parts.scheme, parts.hostname or "", parts.port) as server:
            if parts.username and parts.password:
                server.login(unquote(parts.username), unquote(parts.password))
            server.send_message(message)
    except (OSError, smtplib.SMTPException, ValueError) as problem:
        log.warning("mail_not_sent", why=type(problem).__name__)
        raise NotSent(_("The mail server did not take the message.")) from None


def soon(work: Callable[[], object]) -> threading.Thread:
    """Do `work` after the answer has left, so that its length tells a stranger nothing. What goes wrong is logged."""
    thread = threading.Thread(target=_quietly, args=(work,), daemon=True)
    thread.start()
    return thread


def _quietly(work: Callable[[], object]) -> None:
    try:
        work()
    except Exception as problem:  # noqa: BLE001  Nobody waits for this thread: the log is the only place to tell.
        log.warning("mail_not_sent", why=type(problem).__name__)


def _server(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT_SECONDS, context=context)
    server = smtplib.SMTP(host, port or 587, timeout=TIMEOUT_SECONDS)
    server.ehlo()
    if server.has_extn("starttls"):
        server.starttls(context=context)
        server.ehlo()
    return server
