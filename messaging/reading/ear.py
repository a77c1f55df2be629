"""A second ear for danger: how much a text sounds like the cries for help that people have written down as examples.

The word lists hear what they name. People in danger often name none of it: "he took my key and my phone, I write from the
neighbour's". The examples of each language stand in `messaging/words/examples/`, a label and a text a line, for a native
speaker to add to. `muster texts learn` turns them into `messaging/words/ear.npz`: for every piece of a word (two to five
letters), every word and every pair of words a weight for each label; a text's score is their sum (multinomial logistic
regression). It only ever adds a HELP or takes a SAFE away.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from messaging.reading.folding import Folded, fold

LABELS = ("free", "help", "safe")
BUCKETS = (
    1 << 17
)  # Pieces share a weight where their checksums meet; at this size it costs nothing that we could measure.
EXAMPLES = Path(__file__).resolve().parent.parent / "words" / "examples"
LEARNT = EXAMPLES.parent / "ear.npz"
_PIECES = range(2, 6)  # Letters; the edge of a word counts as one.
_LONGEST_WORD = 200  # Letters; a cry without spaces is one word.
_MOST_WORDS = 120  # Of a text; a long SMS has about 250, and one that has not said it by then is read by a person.


@dataclass(frozen=True, slots=True)
class Sounds:
    """How much a text sounds like each label, as probabilities that add up to 1."""

    free: float
    help: float
    safe: float


def buckets(text: Folded) -> NDArray[np.int64]:
    """The buckets of what the ear hears in a text, each once, in ascending order: words, pairs of words, pieces of words."""
    words = text.words[:_MOST_WORDS]
    heard = {crc32(f"{first} {second}".encode()) % BUCKETS for first, second in pairwise(words)}
    for word in set(words):
        heard.update(_of_a_word(word[:_LONGEST_WORD]))
    return np.array(sorted(heard), dtype=np.int64)


@lru_cache(maxsize=20_000)
def _of_a_word(word: str) -> tuple[int, ...]:
    """The buckets of a word and of its pieces; its edges count as letters."""
    edged = f" {word} "
    pieces = {edged[at : at + length] for length in _PIECES for at in range(len(edged) - length + 1)}
    return tuple(crc32(piece.encode()) % BUCKETS for piece in (f"={word}", *sorted(pieces)))


def share(count: int) -> float:
    """What one of `count` pieces weighs: a long text is not louder than a short one."""
    return 1.0 / math.sqrt(count) if count else 0.0


def listen(text: Folded) -> Sounds:
    """How much a text sounds like a cry for help, like "I am safe", and like neither. About 0.2 ms."""
    heard = buckets(text)
    weights, bias = _learnt()
    scores = weights[:, heard].sum(axis=1, dtype=np.float64) * share(len(heard)) + bias
    odds = np.exp(scores - scores.max())
    return Sounds(*(odds / odds.sum()).tolist())


@cache
def _learnt() -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Weights [label, bucket] and bias [label]; 0.4 MB on disk, whole numbers there, times their scale."""
    with np.load(LEARNT, allow_pickle=False) as kept:
        return kept["weights"].astype(np.float32) * kept["scale"], kept["bias"]


def examples() -> Iterator[tuple[str, str, str]]:
    """(language, label, text) of every line of the example files."""
    for path in sorted(EXAMPLES.glob("*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                label, text = line.split("\t", 1)
                yield path.stem, label, text


def digest() -> str:
    """What the examples and the way they are cut come to: kept beside the weights, so that a forgotten lesson is noticed."""
    said = hashlib.sha256(repr((BUCKETS, list(_PIECES), _LONGEST_WORD, _MOST_WORDS)).encode())
    for example in examples():
        said.update("\t".join(example).encode())
    return said.hexdigest()


def taught_from() -> str:
    """The digest of the examples that the weights in use were learnt from."""
    with np.load(LEARNT, allow_pickle=False) as kept:
        return str(kept["digest"])


def folded_examples() -> list[tuple[Folded, int]]:
    """Every example as folded words with the number of its label."""
    return [(fold(text), LABELS.index(label)) for _language, label, text in examples()]
