"""The way to a provider's server: kept TLS connections, a timeout on every call, and no guess about what has left."""

import base64
import logging
import os
import ssl
from http.client import HTTPSConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import certifi
from twilio.http import HttpClient
from twilio.http.response import Response

from messaging.outbox.gateways.kept import Connection, Connections, opened


class Way:
    """Where a provider's server is, and whom we believe that it is that. `instead_of` is the address that the SDK has in mind."""

    def __init__(self, base_url: str, *, instead_of: str) -> None:
        self._instead_of = instead_of
        where = urlsplit(base_url.rstrip("/"))
        self._path, self.host, self.name = where.path, where.hostname or "", where.netloc.rpartition("@")[2]
        self.port = where.port or (443 if where.scheme == "https" else 80)
        self.trust = _trust() if where.scheme == "https" else None

    def path_of(self, url: str, params: dict[str, Any] | None) -> str:
        """What stands on the first line of a request."""
        path = self._path + url.removeprefix(self._instead_of)
        query = {name: value for name, value in (params or {}).items() if value is not None}
        return path + ("&" if "?" in path else "?") + urlencode(query, doseq=True) if query else path


def form_of(data: dict[str, Any] | None) -> bytes | None:
    """The fields as a browser would send them."""
    if not data:
        return None
    return urlencode({name: value for name, value in data.items() if value is not None}, doseq=True).encode()


def basic(auth: tuple[str, str]) -> str:
    """The account and its token, as a header says them."""
    return "Basic " + base64.b64encode(":".join(auth).encode()).decode()


class Wire(HttpClient):  # type: ignore[misc]
    """A client for the SDK that does one thing: one request over one kept connection, once.

    There are at most as many connections as calls in flight at once. Raises NeverLeftError where nothing has left;
    whatever else it raises leaves the call in doubt. The requests library, which the SDK brings, spends four times the
    processor time a call and throws connections away beyond ten.
    """

    def __init__(self, way: Way, *, timeout_seconds: float) -> None:
        super().__init__(logging.getLogger("muster.wire"), is_async=False, timeout=timeout_seconds)
        self._way = way
        self._kept = Connections(self._dial)

    @property
    def opened(self) -> int:
        """How many connections there were."""
        return self._kept.opened

    def request(
        self,
        method: str,
        url: str,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,  # noqa: FBT001, FBT002  The SDK's own words.
    ) -> Response:
        said = dict(headers or {})
        if auth is not None:
            said["Authorization"] = basic(auth)
        path, body = self._way.path_of(url, params), form_of(data)
        if body is not None:
            said["Content-Type"] = "application/x-www-form-urlencoded"
        return Response(*self._kept.call(method, path, body, said))

    def _dial(self) -> Connection:
        way = self._way
        if way.trust is None:
            return opened(Connection(way.host, way.port, timeout=self.timeout))
        return opened(HTTPSConnection(way.host, way.port, timeout=self.timeout, context=way.trust))


def _trust() -> ssl.SSLContext:
    """The system's authorities (or those of SSL_CERT_FILE), and Mozilla's, which come with the SDK."""
    trust = ssl.create_default_context()
    if not os.environ.get("SSL_CERT_FILE"):
        trust.load_verify_locations(certifi.where())
    return trust
