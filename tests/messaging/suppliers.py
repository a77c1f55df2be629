"""A fake supplier of texts on loopback, with real HTTP: it remembers what it took, and fails as it is told to."""

import contextlib
import json
import socket
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Supplier:
    """`mode`: "works", "takes and breaks off" (the text is taken, no answer comes), "broken" (500, not taken), "closed" (401)."""

    def __init__(self) -> None:
        self.taken: list[dict[str, str]] = []
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.mode, self.answer, self.port = "works", None, 0
        self._server = None
        self._lock = threading.Lock()
        self._calls: set[socket.socket] = set()
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        supplier = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                supplier.serve(self, body)

            def do_GET(self):
                supplier.serve(self, b"")

            def log_message(self, *_words):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Gone: connections are refused, what was taken stays taken."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
            for connection in self._calls:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._calls.clear()

    def serve(self, call, body: bytes) -> None:
        if self._server is None:
            call.connection.close()
            return
        self._calls.add(call.connection)
        where = urlsplit(call.path)
        with self._lock:
            self.asked.append((call.command, call.path, dict(call.headers), body))
            if where.path == "/lookup":
                known = [one for one in self.taken if one["ref"] == parse_qs(where.query)["ref"][0]]
                self._say(call, 200 if known else 404, {"id": known[0]["id"]} if known else {})
                return
            if self.answer is not None:
                status, text, headers = self.answer
                self._write(call, status, text.encode(), headers)
                return
            if self.mode in {"broken", "closed"}:
                self._say(call, 500 if self.mode == "broken" else 401, {"error": "x"})
                return
            said = json.loads(body)
            made = {
                "id": f"S{uuid.uuid4().hex}",
                "ref": said["ref"],
                "to": said["to"],
                "text": said["text"],
                "callback": said["dlr"],
            }
            self.taken.append(made)
            if self.mode == "takes and breaks off":
                call.close_connection = True
                call.connection.close()
                return
            self._say(call, 202, {"messages": [{"id": made["id"]}]})

    def _say(self, call, status: int, said: dict) -> None:
        self._write(call, status, json.dumps(said).encode(), {"Content-Type": "application/json"})

    @staticmethod
    def _write(call, status: int, body: bytes, headers: dict[str, str]) -> None:
        call.send_response(status)
        for name, value in headers.items():
            call.send_header(name, value)
        call.send_header("Content-Length", str(len(body)))
        call.end_headers()
        call.wfile.write(body)


def facts_of(supplier: Supplier, **more: str) -> dict[str, str]:
    """What an admin types to describe the supplier."""
    return {
        "title": "Example Telecom", "method": "POST", "url": f"{supplier.url}/send", "headers": "Authorization: Key canary-key-4711",
        "body_kind": "json", "body": '{"to": "{to}", "text": "{body}", "from": "{sender}", "ref": "{id}", "dlr": "{callback}"}',
        "sender": "+18005550100", "id_path": "messages.0.id", "code_path": "error", "meanings": "4 = invalid\n9 = opted-out\n7 = too-fast\n8 = account",
        "receipt_id": "id", "receipt_state": "status", "receipt_code": "error", "receipt_states": "DELIVRD = delivered\nUNDELIV = undelivered\nACCEPTD = accepted",
        "inbound_id": "msg.id", "inbound_from": "msg.from", "inbound_text": "msg.text",
    } | more  # fmt: skip
