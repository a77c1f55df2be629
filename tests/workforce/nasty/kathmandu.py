"""Lists from Kathmandu and Dhaka."""

import datetime as dt

from tests.workforce.nasty.making import Case, book, somebody, text

CASES = (
    Case(
        "headings and names in Nepali, with the digits of Devanagari",
        text(
            "क्र.सं.\tनाम\tराहदानी नं.\tजन्म मिति\tगन्तव्य देश\tकम्पनी\tफोन\n१\tराम बहादुर थापा\t०१२३४५६७\t१९९०-०५-१२\tकतार\tअल फहाद\t९८४१२३४५६७\n"
        ),
        (
            somebody(
                2,
                "राम बहादुर थापा",
                "NP",
                "QA",
                passport_number="01234567",
                birth_date=dt.date(1990, 5, 12),
                employer="अल फहाद",
                phone="+9779841234567",
            ),
        ),
        country="NP",
    ),
    Case(
        "births of Bikram Sambat, with and without a word about it",
        text(
            "Name,DOB,Nationality,Country,PP Expiry\nRam Thapa,2045-05-12,Nepali,Qatar,2028-01-01\nSita Rai,2047/12/02,Nepali,Qatar,2085/01/15\n"
            "Hari Gurung,2010-03-04,Nepali,Qatar,12 Baisakh 2085\nGita Lama,2050-01-01 B.S.,Nepali,Qatar,\n"
        ),
        tuple(
            somebody(row, name, "NP", "QA")
            for row, name in ((2, "Ram Thapa"), (3, "Sita Rai"), (4, "Hari Gurung"), (5, "Gita Lama"))
        ),
        country="NP",
        flagged=(
            (2, "DOB", "Bikram"),
            (3, "DOB", "Bikram"),
            (3, "PP Expiry", "Bikram"),
            (4, "DOB", "another calendar"),
            (4, "PP Expiry", "another calendar"),
            (5, "DOB", "another calendar"),
        ),
    ),
    Case(
        "a birth in both calendars",
        text("Name,DOB (B.S.),DOB (A.D.),Nationality,Destination\nRam Thapa,2035-05-12,1978-08-27,Nepalese,Malaysia\n"),
        (somebody(2, "Ram Thapa", "NP", "MY", birth_date=dt.date(1978, 8, 27)),),
        country="NP",
    ),
    Case(
        "only births of Bikram Sambat, and a citizenship number",
        text("Name,Citizenship No.,DOB (BS),Country\nRam Thapa,27-01-71-01234,2010-05-12,UAE\n"),
        (somebody(2, "Ram Thapa", "NP", "AE"),),
        country="NP",
        flagged=((2, "DOB (BS)", "another calendar"),),
    ),
    Case(
        "headings in Bengali, tabs and UTF-16",
        text(
            "ক্রমিক\tনাম\tপাসপোর্ট নম্বর\tজন্ম তারিখ\tদেশ\tমোবাইল\r\n১\tমোঃ করিম উদ্দিন\tBX0123456\t২৫/১২/১৯৯০\tসৌদি আরব\t০১৭১২৩৪৫৬৭৮\r\n",
            "utf-16",
        ),
        (
            somebody(
                2,
                "মোঃ করিম উদ্দিন",
                "BD",
                "SA",
                passport_number="BX0123456",
                birth_date=dt.date(1990, 12, 25),
                phone="+8801712345678",
            ),
        ),
        country="BD",
    ),
    Case(
        "UTF-16 without a mark, big end first",
        text("Name;Nationality;Host country\nMd. Karim;Bangladeshi;Jordan\n", "utf-16-be"),
        (somebody(2, "Md. Karim", "BD", "JO"),),
        country="BD",
    ),
    Case(
        "UTF-16 without a mark, in Bengali",
        text("নাম;জাতীয়তা;দেশ\nকরিম উদ্দিন মোল্লা মোহাম্মদ;বাংলাদেশি;কুয়েত\n", "utf-16-le"),
        (somebody(2, "করিম উদ্দিন মোল্লা মোহাম্মদ", "BD", "KW"),),
        country="BD",
    ),
    Case(
        "Excel serials, days that lost their first zero, two digits of a year",
        book(
            ["SL", "Name of Worker", "Date of Birth", "Passport No", "Passport Expiry", "Country", "Mobile"],
            [1, "Md Rahim", 32874, "BX1234567", 46447, "Saudi Arabia", 1712345678],
            [2, "Mst. Fatema", "5/5/85", 1234567.0, "5-Jan-27", "KSA", 8801712345679.0],
            [3, "Abdul Kader", "31/02/1990", "BX 123 4569", "2027", "K.S.A.", "966501234567"],
        ),
        (
            somebody(
                2,
                "Md Rahim",
                "BD",
                "SA",
                birth_date=dt.date(1990, 1, 1),
                passport_expires_on=dt.date(2027, 3, 1),
                phone="+8801712345678",
            ),
            somebody(
                3,
                "Mst. Fatema",
                "BD",
                "SA",
                birth_date=dt.date(1985, 5, 5),
                passport_number="1234567",
                passport_expires_on=dt.date(2027, 1, 5),
                phone="+8801712345679",
            ),
            somebody(4, "Abdul Kader", "BD", "SA", passport_number="BX1234569", phone="+966501234567"),
        ),
        file_name="list.xlsx",
        country="BD",
        flagged=((4, "Date of Birth", "no day 31"), (4, "Passport Expiry", "not a")),
    ),
    Case(
        "a spreadsheet that took days for months",
        book(
            ["Name", "Nationality", "Country", "DOB"],
            *[
                [f"Worker {letter}", "BD", "Oman", dt.datetime(1990, month, month + 1)]
                for month, letter in enumerate("ABCDE", start=1)
            ],
            ["Worker F", "BD", "Oman", "25/04/1990"],
        ),
        tuple(somebody(row, f"Worker {letter}", "BD", "OM") for row, letter in enumerate("ABCDEF", start=2)),
        file_name="list.xlsx",
        country="BD",
        flagged=tuple((row, "DOB", "day for the month") for row in range(2, 7)),
    ),
    Case(
        "a column that proves nothing, and one cell that proves it",
        text(
            "Name,Nationality,Host,DOB,PP Expiry\nMd Rahim,BD,KW,03/04/1990,05/06/2027\nMd Karim,BD,KW,05/06/1991,25/06/2027\n"
        ),
        (
            somebody(2, "Md Rahim", "BD", "KW", passport_expires_on=dt.date(2027, 6, 5)),
            somebody(3, "Md Karim", "BD", "KW", passport_expires_on=dt.date(2027, 6, 25)),
        ),
        country="BD",
        flagged=((2, "DOB", "Day or month first"), (3, "DOB", "Day or month first")),
    ),
    Case(
        "the same, after a person has chosen",
        text("Name,Nationality,Host,DOB\nMd Rahim,BD,KW,03/04/1990\n"),
        (somebody(2, "Md Rahim", "BD", "KW", birth_date=dt.date(1990, 3, 4)),),
        country="BD",
        options={"dates": "month-first"},
    ),
)
