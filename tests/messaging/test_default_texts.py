"""The default texts: short enough, in every language, and asking for digits."""

import pytest

from messaging import segments, texts

TYPICAL = {
    "agency": "TALA MANILA", "area": "Tripoli", "go_to": "Tripoli port, gate 2", "embassy_phone": "+218210000001", "stamp": "LBY-27/1 14:58 Tripoli",
    "old_stamp": "LBY-27/1", "time": "14:02", "phone": "+63280000001", "place": "Sirte, Libya", "kind": "HOSPITAL", "name": "Ibn Sina Hospital",
    "km": "4.2", "compass": "NNE", "paper": "passport", "what": "What we know about you", "url": "https://muster.example.org/w/0123456789abcdefghij-_", "hours": 24, "owner": "Liza", "names": "Ana, Ben", "count": 1, "languages": "1 English 2 Tagalog 3 Arabic 4 Bangla", "date": "5 Jan 2027", "days": 30, "message": "Please call the office.",
}  # fmt: skip
CRISIS = {
    "evacuate",
    "stay_put",
    "safety_check",
    "follow_up",
    "recall",
    "correction",
    "ack_help",
    "link",
    "ack_help_no_number",
    "join_consent",
    "ack_names_and_ask",
    "ask_passport",
    "chase_friend",
    "chase_family",
    "chase_employer",
}
CASES = [(key, language) for key in texts.names() for language in texts.languages()]


@pytest.mark.parametrize("key", texts.names())
def test_an_english_text_fits_one_part_and_a_crisis_text_two(key):
    size = segments.count(texts.text(key, "en", **TYPICAL))

    assert size.encoding == "GSM-7"
    assert size.parts <= (2 if key in CRISIS else 1)


@pytest.mark.parametrize("language", texts.languages())
def test_a_text_fits_one_part_unless_its_file_says_so_and_a_crisis_text_three(language):
    near = {"kind": texts.phrase("near_hospital", language), "compass": texts.phrase("way_ne", language)}
    parts = {key: segments.count(texts.text(key, language, **{**TYPICAL, **near})).parts for key in texts.names()}

    assert [key for key in texts.names() if key not in CRISIS and parts[key] > 1] == texts.longer(language)
    assert all(parts[key] <= 3 for key in CRISIS)


@pytest.mark.parametrize(("key", "language"), CASES)
def test_a_translation_has_the_placeholders_of_the_english(key, language):
    assert set(texts.slots(key, language)) <= set(texts.slots(key, "en"))
    assert {"stamp", "go_to", "embassy_phone"} & set(texts.slots(key, "en")) <= set(texts.slots(key, language))


@pytest.mark.parametrize(("key", "language"), CASES)
def test_no_text_asks_for_a_carriers_word(key, language):
    assert segments.lint(texts.template(key, language), most_parts=4) == []


def test_another_language_falls_back_to_english():
    assert texts.text("ask_digits", "fr", agency="A") == texts.text("ask_digits", "en", agency="A")
    assert texts.text("ask_digits", "ms-MY", agency="A") == texts.text("ask_digits", "id", agency="A")
    assert texts.text("ask_digits", "fil-PH", agency="A") == texts.text("ask_digits", "tl", agency="A")


def test_a_missing_value_is_named():
    with pytest.raises(KeyError, match="needs place"):
        texts.text("ack_place", "en", agency="A")


def test_an_unknown_text_is_named():
    with pytest.raises(KeyError, match="nonsense"):
        texts.text("nonsense", "en")


@pytest.mark.parametrize("language", texts.languages())
def test_the_embassy_has_its_name_in_every_language_and_keeps_its_town(language):
    said = texts.phrase("embassy_in", language, town="Tripoli")

    assert "Tripoli" in said
    assert language == "en" or said != texts.phrase("embassy_in", "en", town="Tripoli")


def test_a_language_without_words_of_its_own_says_the_embassy_in_english():
    assert texts.phrase("embassy", "fr") == "the embassy"


@pytest.mark.parametrize("language", texts.languages())
@pytest.mark.parametrize("key", ["near_embassy", "near_hospital", "near_airport", *(f"way_{way}" for way in ("n", "ne", "e", "se", "s", "sw", "w", "nw"))])  # fmt: skip
def test_the_kind_of_a_place_and_its_direction_are_said_in_the_language_of_the_text(key, language):
    said = texts.phrase(key, language)

    assert said and (said == texts.phrase(key, "en")) is (language == "en" or (key, language) == ("near_airport", "tl"))


@pytest.mark.parametrize(("language", "begins"), [("ar", "\u200e+"), ("ur", "\u200e+"), ("hi", "+"), ("en", "+")])
def test_a_number_in_a_text_from_right_to_left_keeps_its_plus_in_front(language, begins):
    said = texts.text("near_leader", language, agency="A", name="Ana", phone="+218910000001")

    assert f"{begins}218910000001" in said
    assert ("\u200e" in said) is (begins != "+")
