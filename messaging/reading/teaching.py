"""Teaching the ear: from examples to weights. Run by hand after examples were added; the same examples give the same weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

import numpy as np
from numpy.typing import NDArray

from locator import gazetteer
from messaging.reading import ear
from messaging.reading.folding import Folded, fold

_ROUNDS = 220
_STEP = 0.35
_HOLD = 5e-7  # How strongly weights are held near nothing: without it the ear learns the examples by heart.
_FREE = ear.LABELS.index("free")
_TOWNS = 1200
# Where people are sent and where they come from.
_COUNTRIES = ("LY", "LB", "SY", "IQ", "SA", "AE", "QA", "KW", "JO", "EG", "IL", "TR", "SD", "MY", "PH", "ID", "NP", "BD", "IN", "PK", "LK", "ET", "KE", "UG", "FR", "PL", "UA", "NG")  # fmt: skip
_SENTENCES = ("I am in {}", "we are in {} now", "nasa {} ako", "saya di {}", "niko {}", "ana fi {}", "main {} mein hoon", "ma {} ma chu", "ami {} te", "mama {} inne", "naan {} la iruken", "ene {} neny", "my name is {}", "انا في {}", "{} में हूँ", "আমি {} আছি", "{} la", "LOC {}")  # fmt: skip
_VOWELS = frozenset("aeiou")


def learn(given: Sequence[tuple[Folded, int]] | None = None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights [label, bucket] and bias [label] for the examples, each heard plainly and once with a slip of the thumb."""
    folded = ear.folded_examples() if given is None else list(given)
    random = Random(1)
    taught = folded + [(slipped(text, random), label) for text, label in folded]
    taught += [(fold(text), _FREE) for text in _names(random)]
    rows, columns, values, labels = _matrix(taught)
    return _fit(rows, columns, values, labels)


def keep() -> int:
    """Learn and write `ear.npz`. Returns the number of examples."""
    weights, bias = learn()
    scale = np.float32(np.abs(weights).max() / 127)
    small = np.rint(weights / scale).astype(np.int8)
    np.savez_compressed(ear.LEARNT, weights=small, scale=scale, bias=bias, digest=np.array(ear.digest()))
    ear._learnt.cache_clear()
    return sum(1 for _ in ear.examples())


def _names(random: Random) -> Iterator[str]:
    """Towns alone, in pairs and in a plain sentence: what the ear never heard before is no cry for that."""
    names = sorted(
        {key for country in _COUNTRIES for town in gazetteer.towns(country) for key in (town.name, *town.keys)}
    )
    for name in random.sample(names, _TOWNS):
        yield name
        yield f"{name} {random.choice(names)}"
        yield random.choice(_SENTENCES).format(name)


def slipped(text: Folded, random: Random) -> Folded:
    """The text as a frightened thumb might type it: a letter left out, doubled or exchanged, vowels or spaces dropped."""
    words = list(text.words)
    if random.random() < 0.1:
        words = ["".join(words)]
    return fold(" ".join(_slipped(word, random) for word in words))


def _slipped(word: str, random: Random) -> str:
    if len(word) < 3 or random.random() < 0.85:
        return word
    at, kind = random.randrange(len(word)), random.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1 and at + 1 < len(word):
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 2 and word.isascii():
        return word[0] + "".join(letter for letter in word[1:] if letter not in _VOWELS)
    return word[:at] + word[at] * 3 + word[at:]


Matrix = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]


def _matrix(taught: Sequence[tuple[Folded, int]]) -> Matrix:
    """The examples as a sparse matrix by coordinates: row, bucket, weight of one piece; and each row's label."""
    heard = [ear.buckets(text) for text, _label in taught]
    counts = np.array([len(one) for one in heard])
    rows = np.repeat(np.arange(len(taught)), counts)
    values = np.repeat([ear.share(int(count)) for count in counts], counts)
    return rows, np.concatenate(heard), values, np.array([label for _text, label in taught])


def _fit(
    rows: NDArray[np.int64], columns: NDArray[np.int64], values: NDArray[np.float64], labels: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Multinomial logistic regression by Adam over all examples at once, every label weighing the same in sum."""
    kinds, count = len(ear.LABELS), len(labels)
    truth = np.eye(kinds)[labels]
    weight = (count / (kinds * np.bincount(labels, minlength=kinds)))[labels][:, None] / count
    weights, bias = np.zeros((kinds, ear.BUCKETS)), np.zeros(kinds)
    speed, force = np.zeros((kinds, ear.BUCKETS + 1)), np.zeros((kinds, ear.BUCKETS + 1))
    for round_ in range(1, _ROUNDS + 1):
        scores = bias + np.stack(
            [np.bincount(rows, weights[kind][columns] * values, minlength=count) for kind in range(kinds)], axis=1
        )
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        wrong = (odds / odds.sum(axis=1, keepdims=True) - truth) * weight
        slope = np.stack(
            [np.bincount(columns, wrong[rows, kind] * values, minlength=ear.BUCKETS) for kind in range(kinds)]
        )
        slope = np.concatenate([slope + _HOLD * weights, wrong.sum(axis=0)[:, None]], axis=1)
        speed, force = 0.9 * speed + 0.1 * slope, 0.999 * force + 0.001 * slope**2
        step = _STEP * (speed / (1 - 0.9**round_)) / (np.sqrt(force / (1 - 0.999**round_)) + 1e-8)
        weights -= step[:, :-1]
        bias -= step[:, -1]
    return weights, bias
