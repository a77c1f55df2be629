"""What came back over a connection: an answer once it is whole, whatever the pieces; nothing that could be something else."""

import pytest

from messaging.outbox.gateways.answers import GarbledError, Reader

PLAIN = b'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n{"sid": "SM1"}'
CHUNKED = b'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n7;x=y\r\n{"sid":\r\n7\r\n "SM1"}\r\n0\r\nX-Sum: 1\r\n\r\n'


@pytest.mark.parametrize("said", [PLAIN, CHUNKED, b"HTTP/1.1 100 Continue\r\n\r\n" + PLAIN])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_an_answer_is_the_same_in_whatever_pieces_it_comes(said, size):
    reader = Reader()

    answers = [reader.feed(said[at : at + size]) for at in range(0, len(said), size)]

    *before, last = answers
    assert before == [None] * len(before)
    assert (last.status, last.text, last.stays) == (201, '{"sid": "SM1"}', True)


def test_one_answer_follows_the_other_on_a_connection():
    reader = Reader()

    texts = [reader.feed(PLAIN).text, reader.feed(PLAIN.replace(b"SM1", b"SM2")).text]

    assert texts == ['{"sid": "SM1"}', '{"sid": "SM2"}']


def test_a_body_without_a_length_ends_with_the_connection():
    reader = Reader()
    assert reader.feed(b"HTTP/1.1 200 OK\r\n\r\n{}") is None

    answer = reader.end()

    assert (answer.text, answer.stays) == ("{}", False)


@pytest.mark.parametrize(
    "said",
    [
        PLAIN.replace(b"Content-Type", b"Connection: close\r\nContent-Type"),
        PLAIN.replace(b"HTTP/1.1", b"HTTP/1.0"),
        PLAIN + b"HTTP/1.1 200 OK",
    ],
)
def test_a_connection_that_closes_or_says_more_is_not_used_again(said):
    assert Reader().feed(said).stays is False


@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 2x1 Created\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n",
        b"x" * 70_000,
    ],
)
def test_what_is_not_understood_is_no_answer(said):
    with pytest.raises(GarbledError):
        Reader().feed(said)


@pytest.mark.parametrize("said", [b"", PLAIN[:-1], CHUNKED[:-4]])
def test_an_answer_that_breaks_off_is_none(said):
    reader = Reader()
    reader.feed(said)

    with pytest.raises(GarbledError):
        reader.end()
