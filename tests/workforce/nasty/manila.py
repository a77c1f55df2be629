"""Lists from Manila."""

import datetime as dt

from tests.workforce.nasty.making import Case, book, joined, somebody, text

HEAD = "Name,Nationality,Host country,Passport no,Passport expiry,Mobile"


def _logo_and_title(made):
    sheet = made.active
    sheet.merge_cells("A1:H1")
    sheet.merge_cells("C7:C9")
    sheet.column_dimensions["D"].hidden = True
    sheet.row_dimensions[8].hidden = True


def _sheets(made):
    made.active.title = "Old"
    made.active.sheet_state = "hidden"
    made.create_sheet("Cover").append(["Prepared for the POLO, page 1 of 3"])
    chart = made.create_sheet("Numbers")
    chart.append(["Country", "Workers"])
    chart.append(["Kuwait", 12])
    roster = made.create_sheet("Deployed")
    roster.append(["Worker", "Citizenship", "Country of work"])
    roster.append(["Liza Ramos", "Filipino", "KSA"])
    later = made.create_sheet("More")
    later.append(["Name", "Nationality", "Host country"])
    later.append(["Nobody Reads", "PH", "SA"])


CASES = (
    Case(
        "title rows, sections, merged employer and signatures",
        book(
            ["ILAW PLACEMENT AGENCY, INC.", None, None, None, None, None, None, dt.date(2026, 11, 1)],
            ["POEA License No. 123-LB-0417"],
            [],
            ["No.", "NAME OF WORKER", "FRA/EMPLOYER", "PP NO.", "EXP. DATE", "NATIONALITY", "COUNTRY", "MOBILE (HOST)"],
            ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)", "(8)"],
            [None, "SITE: TRIPOLI"],
            [
                1,
                "DELA CRUZ, Juan P.",
                "Al Fahad Co.",
                "P1234567A",
                dt.datetime(2027, 3, 1),
                "Filipino",
                "Libya",
                218912204417.0,
            ],
            [2, "REYES, Ma. Ana", None, "P1234568A", "1-Mar-27", "Filipino", "Libya", "091 220 4418"],
            [3, "SANTOS, Jose Jr.", None, "P1234569A", "03/25/2027", "Filipino", "Libya", None],
            ["TOTAL", 3],
            [],
            ["Prepared by:", None, "Noted by:"],
            ["Maria Clara", None, "Jose Rizal"],
            ["Encoder", None, "Manager"],
            prepare=_logo_and_title,
        ),
        (
            somebody(
                7,
                "Juan P. Dela Cruz",
                "PH",
                "LY",
                employer="Al Fahad Co.",
                passport_expires_on=dt.date(2027, 3, 1),
                phone_host="+218912204417",
            ),
            somebody(
                8,
                "Ma. Ana Reyes",
                "PH",
                "LY",
                employer="Al Fahad Co.",
                passport_expires_on=dt.date(2027, 3, 1),
                phone_host="+218912204418",
            ),
            somebody(
                9, "Jose Jr. Santos", "PH", "LY", employer="Al Fahad Co.", passport_expires_on=dt.date(2027, 3, 25)
            ),
        ),
        file_name="Deployed workers (1).xlsx",
    ),
    Case(
        "the first visible sheet with people",
        book(["Name", "Nationality", "Host country"], ["Hidden Person", "PH", "SA"], prepare=_sheets),
        (somebody(2, "Liza Ramos", "PH", "SA"),),
        file_name="list.xlsx",
    ),
    Case(
        "words of signatures inside people",
        text(
            f"{HEAD}\nFirmansyah,ID,SA,,,\nAna Reyes,PH,SA,,,Certified welder\nNoted Ramos,PH,Kuwait,,,\nSuma Akter,BD,Oman,,,\n"
            "Total Santos,PH,SA,P1234567A,2027-01-01,\nPrepared by: Ana,,,,,\nBen Cruz,Manager,,,,\n"
        ),
        (
            somebody(2, "Firmansyah", "ID", "SA"),
            somebody(3, "Ana Reyes", "PH", "SA"),
            somebody(4, "Noted Ramos", "PH", "KW"),
            somebody(5, "Suma Akter", "BD", "OM"),
        ),
        flagged=((3, "Mobile", "letters"),),
    ),
    Case(
        "surname and given names, semicolons and Windows-1252",
        text(
            "Surname;Given Names;Middle;Country of Origin;Jobsite Country;Remarks\r\nNUÑEZ;JOSÉ;P.;Philippines;U.A.E.;décès du père\r\nPeña;Ana;;Phils.;Dubai;\r\n",
            "cp1252",
        ),
        (
            somebody(2, "José P. Nuñez", "PH", "AE", family_name="Nuñez", notes="décès du père"),
            somebody(3, "Ana Peña", "PH", "AE"),
        ),
    ),
    Case(
        "whose telephones",
        text(
            "Name|Nationality|Host country|Philippine mobile|Mobile (abroad)|WhatsApp|Next of kin|Relationship|Contact No.\n"
            "Ana Reyes|PH|SA|9171234567|501234567|+966 50 123 4567|Ben Reyes|Husband|0918 123 4567\n"
            "Cara Diaz|PH|SA|0917 123 4567 / 0918 123 4567|9.66501E+11|sister 0917 123 4567|Dan|Son|0917-123-4567/8\n"
            "Eva Cruz|PH|SA|09171234567|0501234567 ext. 12|2027-03-01||| \n"
        ),
        (
            somebody(
                2,
                "Ana Reyes",
                "PH",
                "SA",
                phone="+639171234567",
                phone_host="+966501234567",
                phone_family="+639181234567",
                contact_relation="Husband",
            ),
            somebody(3, "Cara Diaz", "PH", "SA", contact_name="Dan"),
            somebody(4, "Eva Cruz", "PH", "SA"),
        ),
        flagged=(
            (3, "Philippine mobile", "more than one"),
            (3, "Mobile (abroad)", "lost its last digits"),
            (3, "WhatsApp", "letters"),
            (3, "Contact No.", "more than one"),
            (4, "Mobile (abroad)", "letters"),
            (4, "WhatsApp", "date"),
        ),
    ),
    Case(
        "cells that begin like formulas",
        joined(
            [
                HEAD.split(","),
                ["Ana Reyes", "PH", "SA", "=P1234567A", "-", "+966501234567"],
                ["=1+1", "PH", "SA", "", "", ""],
                ["@Ben Cruz", "PH", "SA", "", "", ""],
                ["-Cara Diaz", "PH", "SA", "", "", ""],
            ]
        ),
        (somebody(2, "Ana Reyes", "PH", "SA", phone="+966501234567"), somebody(5, "-Cara Diaz", "PH", "SA")),
        rejected=((3, "Name", "not a name"), (4, "Name", "not a name")),
        flagged=((2, "Passport no", "not a document number"),),
    ),
    Case(
        "a quotation mark inside names, cells of many lines and a row with a cell too many",
        text(
            f'{HEAD}\n"Juan ""Jun"" Cruz",PH,SA,,,\n"Ana\nReyes",PH,SA,,,\nBen "Boy" Diaz,PH,SA,P1234567A,2027-01-01,0501234567,Camp 2\n'
        ),
        (
            somebody(2, 'Juan "Jun" Cruz', "PH", "SA"),
            somebody(3, "Ana Reyes", "PH", "SA"),
            somebody(4, 'Ben "Boy" Diaz', "PH", "SA"),
        ),
        flagged=((4, "G", "more cells"),),
    ),
    Case(
        "what cannot be seen: no-break spaces, zero-width characters, marks of direction",
        text(
            "Name,Nationality,Host country,Passport no,DOB\nRo\u200bdel\u00a0 Cruz,\u200eFilipino,KSA\u00a0,\u202aP1234567A\u202c,\ufeff1990-01-02\n"
        ),
        (somebody(2, "Rodel Cruz", "PH", "SA", passport_number="P1234567A", birth_date=dt.date(1990, 1, 2)),),
    ),
    Case(
        "one column of names",
        text("Name\nDELA CRUZ, Juan\nReyes\nSANTOS, Ana\n"),
        (
            somebody(2, "Juan Dela Cruz", "PH", "SA"),
            somebody(3, "Reyes", "PH", "SA"),
            somebody(4, "Ana Santos", "PH", "SA"),
        ),
        options={"host": "SA"},
    ),
    Case(
        "vacant places, list numbers and formulas that failed",
        text(f"{HEAD}\n1. Juan Cruz,PH,SA,,,\nVACANT,PH,SA,,,\n#REF!,PH,SA,,,\n12) Ana Reyes*,PH,SA,#N/A,#VALUE!,\n"),
        (somebody(2, "Juan Cruz", "PH", "SA"), somebody(5, "Ana Reyes", "PH", "SA")),
        rejected=((3, "Name", "not a name"), (4, "Name", "not a name")),
        flagged=((5, "Passport expiry", "not a date"),),
    ),
    Case(
        "two passports in one cell and letters that were lost",
        text(f"{HEAD}\nJos? Nu?ez,PH,SA,P1234567A / P7654321B,,\nJosÃ© Cruz,PH,SA,1.23E+08,,\n"),
        (somebody(2, "Jos? Nu?ez", "PH", "SA"), somebody(3, "JosÃ© Cruz", "PH", "SA")),
        flagged=(
            (2, "Name", "Letters"),
            (2, "Passport no", "more than one"),
            (3, "Name", "Letters"),
            (3, "Passport no", "lost its last digits"),
        ),
    ),
    Case(
        "the same passport under two names, a row twice, another spelling",
        text(
            f"{HEAD}\nAna Reyes,PH,SA,P1234567A,,\nBenito Cruz,PH,SA,P1234567A,,\nAna Reyes,PH,SA,P1234567A,,\nAna Cruz Reyes,PH,SA,P 1234567-A,,\n"
        ),
        (
            somebody(2, "Ana Reyes", "PH", "SA"),
            somebody(4, "Ana Reyes", "PH", "SA"),
            somebody(5, "Ana Cruz Reyes", "PH", "SA"),
        ),
        rejected=((3, "Passport no", "under another name"),),
        flagged=((5, "Name", "another way"),),
    ),
)
