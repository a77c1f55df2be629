"""Digits behind their name, pictures alone, what is said not to be, and towns that are called like a cry."""

import pytest

from locator import gazetteer
from messaging.reading import read


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("no 2", "en"), ("No. 2", "en"), ("number 2", "en"), ("option two", "en"), ("my answer is 2", "en"), ("numero 2 po", "tl"), ("nomor 2", "id"),
        ("jibu 2", "sw"), ("رقم ٢", "ar"), ("नंबर 2", "hi"), ("नम्बर २", "ne"), ("uttor 2", "bn"), ("نمبر 2", "ur"), ("අංක 2", "si"), ("எண் 2", "ta"), ("ቁጥር 2", "am"),
    ],
)  # fmt: skip
def test_a_two_behind_its_name_is_a_cry(text, language):
    reading = read(text, language=language, question="safety")

    assert (reading.label, reading.status, reading.argument) == ("answer", "HELP", "2")


def test_a_one_behind_its_name_is_an_answer_too():
    assert read("option 1", question="safety").status == "SAFE"


@pytest.mark.parametrize("text", ["no 1", "no one", "number one is my brother", "2nd one", "option 1?"])
def test_a_one_that_may_be_something_else_makes_nobody_safe(text):
    assert read(text, question="safety").status != "SAFE"


@pytest.mark.parametrize("text", ["🔥", "🔫🔫🔫", "💣", "🆘", "🔥🔥🏠", "🔫 outside"])
def test_a_gun_a_bomb_or_fire_alone_is_a_cry(text):
    assert read(text).status == "HELP"


@pytest.mark.parametrize("text", ["ok 🔥", "😂💀", "good news 😭"])
def test_a_picture_beside_words_is_no_cry_by_itself(text):
    assert read(text).status is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I don't need help", "en"), ("there is no bombing here", "en"), ("Hindi ko kailangan ng tulong", "tl"), ("di sini tidak ada bom", "id"),
        ("hakuna mabomu hapa", "sw"), ("ما في قصف هنا", "ar"), ("मुझे मदद नहीं चाहिए", "hi"), ("yaha bam chhaina", "ne"), ("amar shahajjo lagbe na", "bn"),
        ("مجھے مدد نہیں چاہیے", "ur"), ("මට උදව් ඕනේ නැහැ", "si"), ("inga kundu illa", "ta"), ("እርዳታ አያስፈልገኝም", "am"),
    ],
)  # fmt: skip
def test_danger_that_is_said_not_to_be_is_no_cry(text, language):
    assert read(text, language=language).status is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I don't need help I need a doctor", "en"), ("there is no bombing here but they locked us", "en"), ("no danger here only no food", "en"),
        ("hindi ko kailangan ng pera kailangan ko ng doktor", "tl"), ("saya tidak butuh uang, butuh dokter", "id"), ("sihitaji pesa nahitaji daktari", "sw"),
        ("لا احتاج مساعدة احتاج طبيب", "ar"), ("mujhe paise nahi doctor chahiye", "hi"), ("talab chhaina khana pani chhaina", "ne"),
    ],
)  # fmt: skip
def test_a_cry_behind_what_is_said_not_to_be_is_heard(text, language):
    assert read(text, language=language).status == "HELP"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("salary not paid 3 months", "en"), ("tatlong buwan na po kaming walang sahod", "tl"), ("gaji saya belum dibayar 3 bulan", "id"),
        ("sijalipwa mshahara miezi mitatu", "sw"), ("ما عطوني الراتب 3 شهور", "ar"), ("tankha do mahine se nahi aayi", "hi"),
        ("beton dui mash dey nai", "bn"), ("masa 3k padi dunne na", "si"), ("3 maasam sambalam tharala", "ta"), ("3 wer demoz altekefelegnm", "am"),
    ],
)  # fmt: skip
def test_wages_that_were_not_paid_are_for_a_person_to_read(text, language):
    assert (read(text, language=language).label, read(text, language=language).status) == ("free", None)


@pytest.mark.parametrize(
    ("text", "language"),
    [("salary not paid and they lock the door", "en"), ("walang sahod at walang pagkain", "tl"), ("beton dey na ar mare", "bn"), ("padi dunne na gahanawa", "si")],
)  # fmt: skip
def test_unpaid_and_locked_in_is_a_cry(text, language):
    assert read(text, language=language).status == "HELP"


@pytest.mark.parametrize(
    "text",
    [
        "ma 3andi akl", "ma 3andna mai", "mafi akl wala may", "ana jo3an", "3atshaneen", "ana majrou7", "3am yinzif", "rijli maksoura", "habesni el kafeel",
        "2afal 3alayya el bab", "ma bikhalini atla3", "byedrabni kol yom", "fi 9asf", "5atafo sadi2i", "an2zna", "fi 7aree2", "baddi mout",
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", ["ar", None])
def test_arabic_in_latin_letters_and_digits_cries_too(text, language):
    assert read(text, language=language).status == "HELP"


@pytest.mark.parametrize("text", ["I am in Bomba", "LOC Bomba"])
def test_a_town_that_is_called_like_a_cry_is_a_town_where_one_is_meant(text):
    assert read(text, language="en", country="LY").status is None


def test_a_lone_word_that_is_also_a_town_stays_a_cry_in_the_senders_language():
    assert read("tolon", language="id", country="LY").status == "HELP"
    assert read("Tolon", language="hi", country="LY").status is None


@pytest.mark.parametrize("text", ["may bomba dito", "bomba bomba"])
def test_a_cry_in_a_language_we_did_not_take_for_the_senders_is_heard(text):
    assert read(text, language="en", country="LY").status == "HELP"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("main malik ke ghar safe hu", "hi"), ("ma sahu ko ghar ma surakshit chhu", "ne"), ("saya aman di rumah majikan", "id"),
        ("ligtas ako sa bahay ng amo", "tl"), ("mama madam ge gedara arakshithai", "si"), ("main malik ke ghar mehfooz hoon", "ur"),
    ],
)  # fmt: skip
def test_safe_at_the_employers_house_is_safe(text, language):
    assert read(text, language=language, question="safety").status == "SAFE"


@pytest.mark.parametrize(
    "text",
    [
        "Amman",
        "I am in Amman",
        "in Amman now",
        "nasa Amman ako",
        "saya di Amman",
        "amman",
        "Salim",
        "Amin",
        "ana Salim",
    ],
)
@pytest.mark.parametrize("language", ["en", "id", "ar", "tl", None])
def test_a_town_or_a_name_that_sounds_like_safe_makes_nobody_safe(text, language):
    assert read(text, language=language, country="JO", question="safety").status != "SAFE"


def test_no_town_of_a_host_country_is_taken_for_safe():
    towns = {
        (country, town.name)
        for country in ("JO", "LB", "SA", "KW", "QA", "AE", "IL")
        for town in gazetteer.towns(country)
    }

    wrong = [
        name for country, name in towns if read(f"I am in {name}", language="en", country=country).status == "SAFE"
    ]

    assert wrong == []
