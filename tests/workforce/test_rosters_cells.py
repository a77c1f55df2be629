"""Reading single cells: dates, phones, names, countries and the small fields."""

from datetime import date, datetime

import phonenumbers
import pytest

from workforce import countries
from workforce.rosters import cells, dates, names, phones
from workforce.rosters.dates import Order, Window

TODAY = date(2026, 11, 21)
EXPIRY = Window.of("passport_expires_on", TODAY)
BIRTH = Window.of("birth_date", TODAY)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2027-03-01", date(2027, 3, 1)),
        ("2027-03-01 00:00:00", date(2027, 3, 1)),
        (datetime(2027, 3, 1, 12), date(2027, 3, 1)),
        (46447.0, date(2027, 3, 1)),
        ("46447", date(2027, 3, 1)),
        ("20270301", date(2027, 3, 1)),
        ("25/04/2027", date(2027, 4, 25)),
        ("04-25-2027", date(2027, 4, 25)),
        ("5.5.27", date(2027, 5, 5)),
        ("12-May-27", date(2027, 5, 12)),
        ("May 12th, 2027", date(2027, 5, 12)),
        ("12 de mayo de 2027", date(2027, 5, 12)),
        ("1er août 2027", date(2027, 8, 1)),
        ("12 Agustus 2027", date(2027, 8, 12)),
        ("١٢ مايو ٢٠٢٧", date(2027, 5, 12)),
    ],
)
def test_dates_are_read_as_people_and_programs_write_them(cell, day):
    assert dates.read(cell, None, EXPIRY) == day


@pytest.mark.parametrize(("order", "day"), [(Order.DAY_FIRST, date(2027, 4, 3)), (Order.MONTH_FIRST, date(2027, 3, 4))])
def test_the_columns_order_decides_an_ambiguous_date(order, day):
    assert dates.read("03/04/2027", order, EXPIRY) == day


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("31/31/2027", "There is no month 31."),
        ("31/02/2027", "There is no day 31 in that month."),
        ("15/08/1446", "Hijri"),
        ("15/08/2570", "Buddhist"),
        ("15/08/2083", "Bikram Sambat"),
        ("15-08-46 AH", "another calendar"),
        ("03/04/2027", "Day or month first"),
        ("May-27", "day, month and year"),
        ("soon", "not a date"),
        (True, "not a date"),
    ],
)
def test_a_day_we_cannot_be_sure_of_is_not_guessed(cell, reason):
    with pytest.raises(dates.BadDate, match=reason):
        dates.read(cell, None, EXPIRY)


@pytest.mark.parametrize(("cell", "year"), [("5/5/85", 1985), ("5/5/05", 2005), ("5/5/52", 1952)])
def test_two_digit_birth_years_are_of_people_old_enough_to_work(cell, year):
    assert dates.read(cell, None, BIRTH).year == year


def test_a_birth_in_the_future_is_refused():
    with pytest.raises(dates.BadDate, match="future"):
        dates.read("2027-01-01", None, BIRTH)


@pytest.mark.parametrize(
    ("cell", "regions", "number"),
    [
        ("+966 50 123 4567", (), "+966501234567"),
        ("00966501234567", ("SA",), "+966501234567"),
        ("0501234567", ("SA",), "+966501234567"),
        ("501234567", ("SA", "PH"), "+966501234567"),
        (966501234567.0, ("SA", "PH"), "+966501234567"),
        (9171234567.0, ("PH",), "+639171234567"),
        ("966501234567.0", ("SA",), "+966501234567"),
        ("9.66501234567E+11", ("SA",), "+966501234567"),
        ("+63 (0)917 123 4567", (), "+639171234567"),
        ("0917-123-4567", ("SA", "PH"), "+639171234567"),
        ("'+966501234567", (), "+966501234567"),
        ("Tel: 02/8123-4567", ("PH",), "+63281234567"),
        ("٠٥٠١٢٣٤٥٦٧", ("SA",), "+966501234567"),
    ],
)
def test_phones_become_international(cell, regions, number):
    assert phones.read(cell, regions) == number


@pytest.mark.parametrize(
    ("cell", "regions", "reason"),
    [
        ("0917 123 4567 / 0918 123 4567", ("PH",), "more than one"),
        ("+639171234567 +639181234567", ("PH",), "more than one"),
        ("9.66501E+11", ("SA",), "lost its last digits"),
        ("sister 0917 123 4567", ("PH",), "letters"),
        ("0501234567", ("SA", "AE"), "could be of Saudi Arabia or the United Arab Emirates"),
        ("12345", ("SA", "PH"), "not a valid number in Saudi Arabia or the Philippines"),
        ("09171234567", (), "Which country"),
        ("+63917123", (), "no such number"),
    ],
)
def test_a_number_that_could_be_wrong_is_not_guessed(cell, regions, reason):
    with pytest.raises(phones.BadPhone, match=reason):
        phones.read(cell, regions)


@pytest.mark.parametrize(
    "region", ["PH", "SA", "AE", "KW", "NP", "BD", "IN", "ID", "KE", "LB", "HK", "SG", "DE", "IT", "US", "MX"]
)
def test_the_fast_reading_agrees_with_the_library(region):
    example = str(phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE).national_number)
    variants = [example, "0" + example, example[:-1], example + "1", example[1:], "9" + example[1:], "1" + example[1:]]

    for digits in variants:
        parsed = phonenumbers.parse(digits, region)
        valid = phonenumbers.is_valid_number_for_region(parsed, region)
        expected = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) if valid else None
        assert phones._valid_in(digits, region) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MAGSINO, Ma. Rodela", "Maria Rodela Magsino"),
        ("José Núñez", "NUNEZ JOSE"),
        ("Md. Rahim Uddin", "Mohammed Rahim Uddin"),
        ("Maria O'Brien-Santos", "santos obrien maria"),
        ("Juan de la Cruz", "Dela Cruz, Juan"),
        ("أحمد علي", "احمد على"),
    ],
)
def test_names_are_compared_without_what_does_not_matter(one, other):
    assert names.folded(one) == names.folded(other)


def test_vowel_signs_stay_in_names():
    assert names.folded("राम बहादुर") != names.folded("रम बहदर")
    assert len(names.folded("राम बहादुर").split()) == 2


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ana Reyes", "Ana Cruz Reyes", True),
        ("Rodel P. Magsino", "Rodel Perez Magsino", True),
        ("Ana Reyes", "Rodel Magsino", False),
        ("Ana Lopez Cruz", "Ana Diaz Reyes", False),
    ],
)
def test_half_of_the_parts_make_one_person(one, other, same):
    assert names.one_person(names.folded(one), names.folded(other)) is same


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("MAGSINO, Rodel P.", "Rodel P. Magsino"),
        ("MARIA DELA CRUZ", "Maria dela Cruz"),
        ("JOSÉ ÑUÑEZ III", "José Ñuñez III"),
        ("Juan Cruz, Jr.", "Juan Cruz, Jr."),
        ("CRUZ, JUAN, JR.", "Juan Cruz Jr."),
        ("deVries  Ana", "deVries Ana"),
    ],
)
def test_names_are_shown_tidily(typed, shown):
    assert names.display(typed) == shown


@pytest.mark.parametrize(
    ("said", "code"),
    [
        *[
            ("PH", "PH"),
            ("phl", "PH"),
            ("Filipino", "PH"),
            ("Phillipines", "PH"),
            ("الفلبين", "PH"),
            ("Filipina", "PH"),
        ],
        *[
            ("KSA", "SA"),
            ("K.S.A.", "SA"),
            ("Saudi Arabia, Kingdom of", "SA"),
            ("Arabie saoudite", "SA"),
            ("السعودية", "SA"),
        ],
        *[
            ("UAE", "AE"),
            ("Dubai, UAE", "AE"),
            ("Hong Kong SAR", "HK"),
            ("Ivory Coast", "CI"),
            ("Türkiye", "TR"),
            ("Turkey", "TR"),
        ],
        *[
            ("Korea (South)", "KR"),
            ("Korea, Republic of", "KR"),
            ("DR Congo", "CD"),
            ("Congo-Brazzaville", "CG"),
            ("Guinea", "GN"),
        ],
        *[
            ("Nepali", "NP"),
            ("Bangladeshi", "BD"),
            ("Kenyan", "KE"),
            ("Kenyan citizen", "KE"),
            ("Hong Kong S.A.R.", "HK"),
            ("Nigerian", "NG"),
            ("Niger", "NE"),
            ("Burmese", "MM"),
        ],
    ],
)
def test_countries_are_known_by_what_people_call_them(said, code):
    assert countries.find(said) == code


@pytest.mark.parametrize("said", ["Korea", "Congo", "Corée", "Dominican"])
def test_a_name_that_could_be_two_countries_is_not_guessed(said):
    with pytest.raises(countries.AmbiguousCountry) as doubt:
        countries.find(said)

    assert len(doubt.value.candidates) == 2


@pytest.mark.parametrize("said", ["Narnia", "", "Riyadh camp 2", "12"])
def test_what_is_no_country_is_said_to_be_none(said):
    with pytest.raises(countries.UnknownCountry):
        countries.find(said)


def test_every_country_is_found_by_its_code_and_its_english_name():
    for code in countries.all_codes():
        assert countries.find(code) == code
        if code != "MF":  # Two countries share this island and its name.
            assert countries.find(countries.name(code)) == code


@pytest.mark.parametrize(
    ("typed", "sex"), [("Male", "M"), ("f", "F"), ("Perempuan", "F"), ("ذكر", "M"), ("Homme", "M"), ("X", "X")]
)
def test_sex_is_read_in_the_five_languages(typed, sex):
    assert cells.sex(typed) == sex


@pytest.mark.parametrize(
    ("typed", "holder"),
    [("With employer", "employer"), ("Self", "worker"), ("Majikan", "employer"), ("KBRI", "embassy")],
)
def test_custody_says_who_holds_the_passport(typed, holder):
    assert cells.custody(typed) == holder


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Tagalog", "tl"),
        ("bahasa", "id"),
        ("Nepali", "ne"),
        ("العربية", "ar"),
        ("en", "en"),
        ("English, Tagalog", "en"),
    ],
)
def test_languages_become_codes(typed, code):
    assert cells.language(typed) == code


@pytest.mark.parametrize("typed", ["ana@", "ana example.org", "a@b@c.org", "not known"])
def test_what_is_no_email_address_is_refused(typed):
    with pytest.raises(cells.BadCell):
        cells.email(typed)


@pytest.mark.parametrize(
    ("cell", "text"),
    [(1234567.0, "1234567"), (True, "TRUE"), ("  a \n b ", "a b"), ("n/a", ""), (datetime(2027, 1, 2), "2027-01-02")],
)
def test_cells_become_text(cell, text):
    assert cells.text_of(cell) == text


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("Juan Cruz 2", True), ("U", True), ("李", True), ("12345", False), ("a@b", False), ("<b>Ana</b>", False)],
)
def test_a_name_needs_a_letter_and_may_hold_a_digit(text, is_one):
    assert names.is_name(text) is is_one


@pytest.mark.parametrize(
    ("typed", "number"),
    [("12345678.0", "12345678"), ("'01234567", "01234567"), ("P 1234567-A", "P1234567A"), ("٠١٢٣٤٥٦٧", "01234567")],
)
def test_a_documents_number_keeps_its_own_digits_and_no_others(typed, number):
    assert cells.document_number(typed) == number
