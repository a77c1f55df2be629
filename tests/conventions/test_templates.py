"""Templates: nothing inline, no word outside gettext."""

import re
from html.parser import HTMLParser

import pytest

from tests.conventions import code

# Words that are the same in every language.
SAME_EVERYWHERE = {
    "Muster",
    "Enter",
    "SMS",
    "GSM-7",
    "UCS-2",
    "UTC",
    "OK",
    "km",
    "WGS",
    "CSV",
    "XLSX",
    "KB",
    "MB",
    "Twilio",
    "ID",
    "GeoJSON",
    "US",
}
READ_ALOUD = {"aria-label", "title", "alt", "placeholder"}
EACH = pytest.mark.parametrize("path", code.TEMPLATES, ids=lambda path: str(path.relative_to(code.ROOT / "templates")))


@EACH
def test_nothing_is_inline(path):
    text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)

    assert not re.search(r"<style|\sstyle\s*=|javascript:|\son[a-z]+\s*=\s*[\"']", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))


@EACH
def test_no_word_stands_outside_gettext(path):
    reader = Reader()
    reader.feed(without_jinja(path.read_text("utf-8")))

    assert not reader.bare


@EACH
def test_directions_are_logical(path):
    assert not re.search(
        r"class=\"[^\"]*\b(?:ml|mr|pl|pr|float-(?:left|right)|text-(?:left|right))-?\d?\b", path.read_text("utf-8")
    )


@pytest.mark.parametrize(
    "path", sorted((code.ROOT / "templates" / "static" / "css").glob("*.css")), ids=lambda path: path.name
)
def test_style_sheets_turn_round_for_arabic(path):
    sheet = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)

    assert not re.search(
        r"(?:margin|padding|border)-(?:left|right)\s*:|text-align\s*:\s*(?:left|right)|(?<![\w-])(?:left|right)\s*:\s*[^;]*;",
        sheet,
    )


def without_jinja(text: str) -> str:
    """The template as HTML only: what Jinja fills in is taken out."""
    text = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
    text = re.sub(
        r"\{%-?\s*(?:block page_class|macro slug).*?end(?:block|macro)\s*-?%\}", "", text, flags=re.DOTALL
    )  # Class names.
    text = re.sub(r"\{%-?\s*trans.*?endtrans\s*-?%\}", "", text, flags=re.DOTALL)
    return re.sub(r"\{\{.*?\}\}|\{%.*?%\}", " ", text, flags=re.DOTALL)


class Reader(HTMLParser):
    """Collects words that a person would read."""

    def __init__(self) -> None:
        super().__init__()
        self.bare: list[str] = []

    def handle_data(self, data: str) -> None:
        self._read(data)

    def handle_starttag(self, tag: str, attrs) -> None:
        for name, value in attrs:
            if name in READ_ALOUD:
                self._read(value or "")

    def _read(self, text: str) -> None:
        words = [word for word in re.findall(r"[^\W\d_]{2,}[\w-]*", text) if word not in SAME_EVERYWHERE]
        if words:
            self.bare.append(f"line {self.getpos()[0]}: {' '.join(words)}")
