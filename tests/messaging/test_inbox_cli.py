"""`muster texts read`: how a text is understood, by the same code the webhook runs."""

import json

import pytest

from messaging.inbox.cli import texts


def run(app, *arguments, **more):
    return app.test_cli_runner().invoke(texts, ["read", *arguments], **more)


@pytest.mark.parametrize(
    ("arguments", "label", "status"),
    [
        (["NOT SAFE"], "help", "HELP"),
        (["1"], "answer", None),
        (["1", "--question", "safety"], "answer", "SAFE"),
        (["nasa bus na kami"], "free", "MOVING"),
        (["STOP"], "stop", None),
    ],
)
def test_a_text_is_read(app, arguments, label, status):
    found = json.loads(run(app, *arguments, "--json").stdout)

    assert (found["label"], found["status"]) == (label, status)


def test_many_texts_are_read_one_a_line(app):
    answer = run(app, "-", "--question", "safety", input="SAFE\n2\n")

    assert [json.loads(line)["status"] for line in answer.stdout.splitlines()] == ["SAFE", "HELP"]
