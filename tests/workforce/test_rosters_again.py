"""What comes back from an import goes in again, cell by cell; and whatever is typed, nothing crashes and nothing is guessed."""

import csv
import io
from datetime import date, timedelta

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workforce.nasty.making import book
from tests.workforce.test_rosters_nasty import CASES, TODAY, rows_of
from workforce import countries
from workforce.rosters import dates, headers, phones, rejects, sheets
from workforce.rosters.dates import BadDate, Order, Window
from workforce.rosters.phones import BadPhone
from workforce.rosters.understanding import understand

HEADINGS = ["Name", "Nationality", "Host country", "Passport no", "DOB", "Remarks"]
typed = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Co", "Cn"], include_characters="\n\t'=+-@;|,\""),
    max_size=30,
)


def refusal_of(read):
    """What `read` gives and "", or None and the reason it refused."""
    try:
        return read(), ""
    except (sheets.BadFile, BadDate, BadPhone, countries.UnknownCountry, countries.AmbiguousCountry) as problem:
        return None, str(problem)


def understood(data, name):
    return understand(sheets.read(data, name, headers.usable), agency_country="PH", today=TODAY)


def given_back(everything, file_format):
    file = io.BytesIO()
    rejects.write(file, everything.header, everything.rows(), file_format=file_format)
    return understood(file.getvalue(), f"back.{file_format}")


@settings(max_examples=60, deadline=None)
@given(
    cells=st.lists(st.tuples(typed, typed, typed), min_size=1, max_size=4), file_format=st.sampled_from(["csv", "xlsx"])
)
def test_untouched_cells_come_back_as_they_were(cells, file_format):
    text = io.StringIO()
    csv.writer(text).writerows(
        [HEADINGS, *(["Ana Reyes", host, "KSA", passport, "31/13/1990", notes] for host, passport, notes in cells)]
    )

    first = understood(text.getvalue().encode(), "list.csv")
    before = [list(row.original) for row in first.rows() if row.problems]
    after = [list(row.original)[: len(HEADINGS)] for row in given_back(first, file_format).rows()]

    assert after == before


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_once_corrected_the_file_goes_in_cleanly(file_format):
    data = book(
        HEADINGS,
        ["Ana Reyes", "Filipino", "KSA", "P1234567A", "31/13/1990", 5.0],
        ["Ben Cruz", "Narnia", "KSA", "P1234568A", date(1990, 5, 12), "0012"],
        ["Cara Diaz", "Filipino", "KSA", "P1234569A", date(1991, 5, 12), "good"],
    )
    back = io.BytesIO()
    everything = understood(data, "list.xlsx")
    rejects.write(back, everything.header, everything.rows(), file_format=file_format)
    sheet = sheets.read(back.getvalue(), f"back.{file_format}", headers.usable)
    lines = [cells for _number, cells in sheet.rows()]
    lines[1][4], lines[2][1] = "1990-12-13", "Filipino"

    rows = list(understood(book(*lines), "corrected.xlsx").rows())

    assert [row.problems for row in rows] == [[], []]
    assert [(row.values["full_name"], row.values["birth_date"]) for row in rows] == [
        ("Ana Reyes", date(1990, 12, 13)),
        ("Ben Cruz", date(1990, 5, 12)),
    ]
    assert rows[1].values["notes"] == "0012"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_comes_back_from_a_nasty_file_says_the_same_again(case):
    sheet = sheets.read(case.data, case.file_name, headers.usable)
    everything = understand(sheet, agency_country=case.country, today=TODAY, **case.options)
    rows = [row for row in everything.rows() if row.problems]
    if not rows or any(row.same_passport_as for row in everything.rows()):
        return  # A row that contradicts another says nothing without it.
    file = io.BytesIO()
    rejects.write(file, everything.header, iter(rows), file_format="xlsx")
    again = understand(
        sheets.read(file.getvalue(), "back.xlsx", headers.usable),
        agency_country=case.country,
        today=TODAY,
        **case.options,
    )

    alone = [row.values for row in again.rows()]

    assert [values.get("full_name") for values in alone] == [row.values.get("full_name") for row in rows]
    for mine, was in zip(alone, rows, strict=True):
        assert {name: value for name, value in mine.items() if name not in dates_of(was)} == {
            name: value for name, value in was.values.items() if name not in dates_of(was)
        }


def dates_of(row):
    """A column's other rows may have said the order of its days, or that they cannot be believed."""
    return {
        name
        for name in (*row.values, *(problem.field for problem in row.problems))
        if name.endswith(("_on", "_date")) or name == "sex"
    }


# --- Whatever is typed --------------------------------------------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(data=st.binary(max_size=400))
def test_junk_is_refused_in_one_line_or_read(data):
    rows, reason = refusal_of(lambda: list(understood(data, "list.csv").rows()))

    assert rows or len(reason.splitlines()) == 1


@settings(max_examples=80, deadline=None)
@given(
    cells=st.lists(st.lists(typed, min_size=1, max_size=8), max_size=8),
    separator=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_no_table_is_too_strange(cells, separator, encoding):
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows([["Name", "Nationality", "Host country", "DOB", "Mobile"], *cells])

    rows, reason = refusal_of(lambda: list(understood(text.getvalue().encode(encoding), "list.csv").rows()))

    assert rows or len(reason.splitlines()) == 1
    for row in rows or []:
        assert row.rejected or {"full_name", "nationality", "host_country"} <= row.values.keys()
        assert len({(problem.row, problem.letter) for problem in row.problems if problem.letter}) == len(
            [p for p in row.problems if p.letter]
        )


FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d-%b-%y", "%d %B %Y", "%B %d, %Y", "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d")


@settings(max_examples=300, deadline=None)
@given(
    day=st.dates(date(1960, 1, 1), date(2012, 1, 1)),
    form=st.sampled_from(FORMATS),
    order=st.sampled_from([None, *Order]),
)
def test_a_date_is_that_day_or_it_is_flagged(day, form, order):
    window, text = Window.of("birth_date", TODAY), day.strftime(form)
    meant = {day}
    if form == "%m/%d/%Y" and order is Order.DAY_FIRST and day.day <= 12:
        meant = {date(day.year, day.day, day.month)}  # The column said day first.
    if form == "%d/%m/%Y" and order is Order.MONTH_FIRST and day.day <= 12:
        meant = {date(day.year, day.day, day.month)}
    if form == "%d.%m.%Y" and order is Order.MONTH_FIRST and day.day <= 12:
        meant = {date(day.year, day.day, day.month)}

    read, reason = refusal_of(lambda: dates.read(text, order, window))

    if order is None and day.day <= 12 and day.day != day.month and form in {"%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y"}:
        assert "Day or month first" in reason
    else:
        assert read in meant


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=24))
def test_what_is_no_date_never_becomes_one_outside_its_window(text):
    for window in (Window.of("birth_date", TODAY), Window.of("passport_expires_on", TODAY)):
        try:
            day = dates.read(text, Order.DAY_FIRST, window)
        except BadDate:
            continue
        assert window.earliest <= day.year and day <= window.latest


@settings(max_examples=200, deadline=None)
@given(
    text=st.text("0123456789+ -()/.,;eEx#\n٠١٢٣०१२ ", min_size=1, max_size=24),
    regions=st.sampled_from([(), ("SA",), ("SA", "PH"), ("ID",), ("KW", "NP")]),
)
def test_a_number_that_is_read_is_valid_and_has_the_digits_that_were_typed(text, regions):
    try:
        number = phones.read(text, regions)
    except BadPhone:
        return

    assert phonenumbers.is_valid_number(phonenumbers.parse(number))
    digits = "".join(str(int(c)) for c in text if c.isdecimal())
    if not any(letter in text for letter in "eE."):
        assert digits.endswith(number[-6:])


@settings(max_examples=100, deadline=None)
@given(
    days=st.lists(st.dates(date(1960, 1, 1), date(2005, 1, 1)), min_size=1, max_size=12),
    form=st.sampled_from(["%d/%m/%Y", "%m/%d/%Y"]),
)
def test_a_column_of_dates_is_never_read_wrongly(days, form):
    lines = [f"Worker {chr(65 + at)},PH,SA,{day.strftime(form)}" for at, day in enumerate(days)]
    rows = understood("\n".join(["Name,Nationality,Host country,DOB", *lines]).encode(), "list.csv").rows()

    for row, day in zip(rows, days, strict=True):
        assert row.values.get("birth_date") in {None, day}


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=20))
def test_a_country_is_found_or_the_reason_is_one_line(text):
    code, reason = refusal_of(lambda: countries.find(text))

    assert code in countries.all_codes() or reason


@given(days=st.integers(20_000, 44_000))
def test_serials_of_both_systems_are_the_same_day(days):
    assert dates.read(float(days), None, Window(1900, date(2100, 1, 1), is_birth=False)) == dates.day_from_1904(
        days - 1462
    )
    assert dates.day_from_1904(days) - dates.day_from_1904(days - 1) == timedelta(days=1)


def test_the_cases_are_many():
    assert len(CASES) >= 40
    assert sum(len(rows_of(case)) for case in CASES) > 80
