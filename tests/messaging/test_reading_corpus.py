"""Realistic texts with what they mean. Clear cries for help are all heard; nothing else is taken for SAFE."""

from pathlib import Path

from messaging.reading import read

ROWS = [
    line.split("\t")
    for line in (Path(__file__).parent / "corpus.tsv").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
READ = [
    read(text, language=lang or None, country=country or None, question=question)
    for _, _, lang, country, question, text in ROWS
]


def test_the_corpus_is_large_and_speaks_every_language():
    spoken = {reading.language for reading in READ}

    assert len(ROWS) >= 150
    assert {"en", "tl", "id", "sw", "ar", "hi", "ne", "bn", "ur", "si", "ta", "am"} <= spoken


def test_every_clear_cry_for_help_is_heard():
    missed = [row[5] for row, reading in zip(ROWS, READ, strict=True) if row[1] == "HELP" and reading.status != "HELP"]

    assert missed == []


def test_nothing_else_is_taken_for_safe():
    wrong = [row[5] for row, reading in zip(ROWS, READ, strict=True) if reading.status == "SAFE" and row[1] != "SAFE"]

    assert wrong == []


def test_each_text_reads_as_labelled():
    otherwise = [
        f"{row[5]!r}, asked {row[4]}: {reading.label} {reading.status or '-'}, not {row[0]} {row[1]}"
        for row, reading in zip(ROWS, READ, strict=True)
        if (reading.label, reading.status or "-") != (row[0], row[1])
    ]

    assert otherwise == []
