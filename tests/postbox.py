"""A mail server on this machine that remembers its letters, and the settings that lead to it."""

import socketserver
import threading
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_string
from queue import Empty, Queue


class Postbox(socketserver.ThreadingTCPServer):
    """Just enough of SMTP to take a letter."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Teller)
        self.taken = Queue()
        self.url = f"smtp://127.0.0.1:{self.server_address[1]}?from=muster@agency.example"

    def letters(self, count):
        """So many letters as {address: (subject, text)}; waits for them, and no further one may have come with them."""
        found = {}
        for _ in range(count):
            letter = message_from_string(self.taken.get(timeout=10))
            found[letter["To"]] = (letter["Subject"], letter.get_payload(decode=True).decode())
        return found

    def is_empty(self):
        return self.count() == 0

    def count(self):
        """How many have come and been looked at by nobody; waits a moment for the last."""
        found = 0
        while True:
            try:
                self.taken.get(timeout=0.5)
            except Empty:
                return found
            found += 1


class Teller(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("220 ready")
        while line := self.rfile.readline().decode().strip():
            word = line.upper().split()[0]
            if word == "DATA":
                self.say("354 go on")
                lines = []
                while (text := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                    lines.append(text)
                self.server.taken.put("\n".join(lines))
            self.say("221 bye" if word == "QUIT" else "250 fine")
            if word == "QUIT":
                return

    def say(self, words):
        self.wfile.write(f"{words}\r\n".encode())


@contextmanager
def open_postbox(app):
    """A postbox to which `app` mails."""
    with Postbox() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        app.extensions["settings"] = replace(
            app.extensions["settings"], smtp_url=server.url, public_url="https://muster.example"
        )
        yield server
        server.shutdown()
