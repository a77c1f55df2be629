"""Links by mail, against a mail server on this machine that remembers what it was given."""

import re
import socketserver
import threading
from dataclasses import replace
from queue import Empty, Queue

import pytest

from tests import factories
from workforce.core import mail


class Postbox(socketserver.ThreadingTCPServer):
    """Just enough of SMTP to take a letter."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Counter)
        self.letters = Queue()
        self.url = f"smtp://127.0.0.1:{self.server_address[1]}?from=muster@agency.example"


class Counter(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("220 ready")
        while line := self.rfile.readline().decode().strip():
            word = line.upper().split()[0]
            if word == "DATA":
                self.say("354 go on")
                lines = []
                while (text := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                    lines.append(text)
                self.server.letters.put("\n".join(lines))
            self.say("221 bye" if word == "QUIT" else "250 fine")
            if word == "QUIT":
                return

    def say(self, words):
        self.wfile.write(f"{words}\r\n".encode())


@pytest.fixture
def postbox():
    with Postbox() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()


@pytest.fixture
def mailing_app(app, postbox):
    app.extensions["settings"] = replace(
        app.extensions["settings"], smtp_url=postbox.url, public_url="https://muster.example"
    )
    return app


def test_an_invitation_goes_by_mail_and_its_link_is_not_shown(mailing_app, postbox, agency, client_of):
    admin = factories.make_user(agency, role="admin")

    answer = client_of(admin).post(
        "/settings/people/invite", data={"email": "new@agency.example", "name": "Nina", "role": "staff"}
    )

    letter = postbox.letters.get(timeout=5)
    assert answer.status_code == 302
    assert "To: new@agency.example" in letter
    assert re.search(r"https://muster\.example/join/[\w-]+", letter.replace("=\n", ""))


def test_a_forgotten_password_is_answered_with_a_link(mailing_app, postbox, agency):
    factories.make_user(agency, email="joy@agency.example")
    mailing_app.config["WTF_CSRF_ENABLED"] = False

    mailing_app.test_client().post("/forgotten", data={"email": "JOY@agency.example"}, headers={"Host": "evil.example"})

    letter = postbox.letters.get(timeout=5).replace("=\n", "")
    assert "https://muster.example/reset/" in letter
    assert "evil" not in letter


def test_a_stranger_cannot_tell_whether_an_address_is_known(mailing_app, postbox, agency):
    factories.make_user(agency, email="joy@agency.example")
    mailing_app.config["WTF_CSRF_ENABLED"] = False
    client = mailing_app.test_client()

    known, unknown = (
        client.post("/forgotten", data={"email": email}) for email in ("joy@agency.example", "nobody@agency.example")
    )

    assert (known.status_code, known.data) == (unknown.status_code, unknown.data)


def test_asking_again_and_again_sends_few_letters(mailing_app, postbox, agency):
    factories.make_user(agency, email="joy@agency.example")
    mailing_app.config["WTF_CSRF_ENABLED"] = False
    client = mailing_app.test_client()

    for _ in range(20):
        assert client.post("/forgotten", data={"email": "joy@agency.example"}).status_code == 200

    assert 1 <= _count(postbox.letters) <= 8


def test_when_the_mail_server_refuses_the_admin_gets_the_link(app, agency, client_of):
    app.extensions["settings"] = replace(app.extensions["settings"], smtp_url="smtp://127.0.0.1:9")

    page = client_of(factories.make_user(agency, role="admin")).post(
        "/settings/people/invite", data={"email": "new@agency.example", "name": "Nina", "role": "staff"}
    )

    assert page.status_code == 200
    assert "/join/" in page.text
    assert "did not take the message" in page.text


def test_a_refused_letter_is_an_error_of_ours(app):
    with pytest.raises(mail.NotSent):
        mail.send("smtp://127.0.0.1:9", to="a@agency.example", subject="x", text="y")


def _count(letters):
    found = 0
    while True:
        try:
            letters.get(timeout=1)
        except Empty:
            return found
        found += 1
