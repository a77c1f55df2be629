"""An answer over HTTP/1.1, read from bytes as they come. Strict: what it does not understand is no answer.

The standard library's reader wants a file that blocks, and takes a head for that of an e-mail, which costs as much as the call.
"""

from dataclasses import dataclass, field

MOST_HEAD, MOST_BODY = 64 * 1024, 8 * 1024 * 1024
_CHUNKS, _UNTIL_CLOSED = -1, -2
_NO_BODY = frozenset({204, 304})


class GarbledError(Exception):
    """Not an answer that can be read to its end."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` by names in small letters. `stays`: the connection may be used again."""

    status: int
    headers: dict[str, str] = field(repr=False)
    text: str = field(repr=False)
    stays: bool


class Reader:
    """One answer after the other on one connection."""

    def __init__(self) -> None:
        self._came = b""
        self._begin()

    def _begin(self) -> None:
        self._status, self._length, self._stays = 0, 0, False
        self._headers: dict[str, str] = {}

    def feed(self, data: bytes) -> Answer | None:
        """What came; the answer once it is whole. Raises GarbledError."""
        self._came += data
        if not self._status and not self._read_head():
            return None
        if len(self._came) > MOST_BODY:
            raise GarbledError("a body without an end")
        if self._length == _CHUNKS:
            joined = _joined(self._came)
            return self._whole(*joined) if joined else None
        if self._length == _UNTIL_CLOSED or len(self._came) < self._length:
            return None
        return self._whole(self._came[: self._length], self._length)

    def end(self) -> Answer:
        """The connection is closed: the answer, where that is how it ends. Raises GarbledError."""
        if not self._status or self._length != _UNTIL_CLOSED:
            raise GarbledError("closed before the end")
        return self._whole(self._came, len(self._came))

    def _whole(self, body: bytes, length: int) -> Answer:
        rest = self._came[length:]  # More than was asked for: whose it is cannot be told.
        made = Answer(self._status, self._headers, body.decode("utf-8", "replace"), self._stays and not rest)
        self._came = b""
        self._begin()
        return made

    def _read_head(self) -> bool:
        while (end := self._came.find(b"\r\n\r\n")) >= 0:
            first, *lines = self._came[:end].decode("latin-1").split("\r\n")
            self._came = self._came[end + 4 :]
            version, _space, rest = first.partition(" ")
            status = rest[:3]
            if (
                version not in {"HTTP/1.1", "HTTP/1.0"}
                or not (status.isascii() and status.isdigit())
                or rest[3:4] not in {"", " "}
            ):
                raise GarbledError("no status")
            if status.startswith("1") and status != "101":  # Something is said before the answer.
                continue
            self._headers = _headers(lines)
            self._status, self._length = int(status), _length(int(status), self._headers)
            keeps = "close" not in self._headers.get("connection", "").lower()
            self._stays = version == "HTTP/1.1" and keeps and self._length != _UNTIL_CLOSED
            return True
        if len(self._came) > MOST_HEAD:
            raise GarbledError("a head without an end")
        return False


def _headers(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        name, value = name.lower(), value.strip()
        if not colon or not name or name != name.strip():
            raise GarbledError("no header")
        if found.get(name, value) != value and name in {"content-length", "transfer-encoding"}:
            raise GarbledError("two lengths")
        found[name] = value
    return found


def _length(status: int, headers: dict[str, str]) -> int:
    if status in _NO_BODY:
        return 0
    if (coding := headers.get("transfer-encoding")) is not None:
        if coding.lower() != "chunked" or "content-length" in headers:
            raise GarbledError("a coding that we do not know")
        return _CHUNKS
    said = headers.get("content-length")
    if said is None:
        return _UNTIL_CLOSED
    if not (said.isascii() and said.isdigit()) or len(said) > 10:
        raise GarbledError("no length")
    return int(said)


def _joined(came: bytes) -> tuple[bytes, int] | None:
    """The body out of its chunks, and how many bytes they took; None while some are to come."""
    pieces: list[bytes] = []
    at = 0
    while (end := came.find(b"\r\n", at)) >= 0:
        said = came[at:end].split(b";", 1)[0].strip()
        try:
            size = int(said, 16) if said.isalnum() else -1
        except ValueError:
            size = -1
        if size < 0:
            raise GarbledError("no chunk")
        at = end + 2
        if not size:
            return _after_trailers(came, at, b"".join(pieces))
        if len(came) < at + size + 2:
            return None
        if came[at + size : at + size + 2] != b"\r\n":
            raise GarbledError("a chunk of another length")
        pieces.append(came[at : at + size])
        at += size + 2
    return None


def _after_trailers(came: bytes, at: int, body: bytes) -> tuple[bytes, int] | None:
    while (end := came.find(b"\r\n", at)) >= 0:
        if end == at:
            return body, end + 2
        at = end + 2
    return None
