"""Lists as other agencies keep them, written without looking at the rules."""

import datetime as dt

from tests.workforce.nasty.making import Case, book, joined, somebody, text


def _two_lines_each(made):
    for cells in ("A2:A3", "B2:B3", "C2:C3"):
        made.active.merge_cells(cells)


CASES = (
    Case(
        "numbers called with a sign and a suffix in its own column",
        joined([
            ["#", "LAST\nNAME", "FIRST NAME", "M.I.", "SUFFIX", "COUNTRY OF DEPLOYMENT", "CONTACT # (ABROAD)", "CONTACT # (PHILS)"],
            ["1", "DELA CRUZ", "JUAN", "B.", "JR.", "KSA", "+966 50 123 4567", "9171234567"],
            ["2", "REYES", "ANTONIO", "", "III", "KSA", "0501234568", ""],
            ["3", "SANTOS", "MARIA", "", "N/A", "KSA", "", "0917-123-4569"],
        ]),
        (
            somebody(2, "Juan B. Dela Cruz Jr.", "PH", "SA", phone_host="+966501234567", phone="+639171234567", given_names="Juan B."),
            somebody(3, "Antonio Reyes III", "PH", "SA", phone_host="+966501234568"),
            somebody(4, "Maria Santos", "PH", "SA", phone="+639171234569"),
        ),
    ),
    Case(
        "place and day of birth in one cell",
        book(
            ["Nama PMI", "L/P", "Tempat, Tanggal Lahir", "Negara Penempatan"],
            ["SITI AMINAH BINTI KASIM", "P", "INDRAMAYU, 12 MEI 1990", "TAIWAN"],
            ["Suparman", "L", "Lombok 31/12/1985", "ARAB SAUDI"],
            ["Sri Wahyuni", "P", "Cirebon, 05-12-1988", "HONGKONG"],
            ["Yanti", "P", "Malang", "SINGAPURA"],
        ),
        (
            somebody(2, "Siti Aminah binti Kasim", "ID", "TW", birth_date=dt.date(1990, 5, 12), sex="F"),
            somebody(3, "Suparman", "ID", "SA", birth_date=dt.date(1985, 12, 31), sex="M"),
            somebody(4, "Sri Wahyuni", "ID", "HK", birth_date=dt.date(1988, 12, 5)),
            somebody(5, "Yanti", "ID", "SG", birth_date=None),
        ),
        "list.xlsx",
        "ID",
        flagged=((5, "Tempat, Tanggal Lahir", "not a date"),),
    ),
    Case(
        "a national id is no phone of Nicaragua, and a name in full stands before initials",
        text("Name with Initials,Name in Full,NIC No,Passport No,Tel and WhatsApp,Country,Home Town\nW.A.N. Perera,Warnakula Nimal Perera,22123456,N1234567,0771234567,Kuwait,Kandy\n"),
        (somebody(2, "Warnakula Nimal Perera", "LK", "KW", phone="+94771234567", passport_number="N1234567", site=None),),
        country="LK",
    ),
    Case(
        "own, father's and grandfather's name are one name",
        text("No,Name,Father Name,G/Father Name,Passport no,Country\n1,Abebe,Kebede,Tessema,EP1234567,Saudi\n2,Abebe,Worku,Tessema,EP1234569,Saudi\n"),
        (somebody(2, "Abebe Kebede Tessema", "ET", "SA"), somebody(3, "Abebe Worku Tessema", "ET", "SA")),
        country="ET",
    ),
    Case(
        "the father of somebody with a whole name is somebody else",
        text("Name,Father's Name,Mother's Name,Father's Date of Birth,PP No,Country\nMd. Abdul Karim,Abdur Rahim,Fatema,01.02.1960,A01234567,Oman\nAbdul Mannan @ Manna,,,,A01234568,Oman\n"),
        (somebody(2, "Md. Abdul Karim", "BD", "OM", birth_date=None), somebody(3, "Abdul Mannan @ Manna", "BD", "OM")),
        country="BD",
    ),
    Case(
        "a second line with a second number, merged",
        book(
            ["Name", "Passport", "Country", "Mobile"],
            ["Ana Cruz", "P1234567A", "Qatar", "+97455123456"],
            [None, None, None, "+639171234567"],
            ["Bea Cruz", "P1234568A", "Qatar", "+97455123457"],
            prepare=_two_lines_each,
        ),
        (
            somebody(2, "Ana Cruz", "PH", "QA", phone="+97455123456"),
            somebody(3, "Ana Cruz", "PH", "QA", phone="+639171234567"),
            somebody(4, "Bea Cruz", "PH", "QA", phone="+97455123457"),
        ),
        "list.xlsx",
    ),
    Case(
        "a second line with a number or a passport and no name is said aloud",
        text("Name,Passport,Country,Mobile\nAna Cruz,P1234567A,Qatar,+97455123456\n,,,+639171234567\n,P1234569A,,\n,,,2\nAL KHOR 2026,,,\n"),
        (somebody(2, "Ana Cruz", "PH", "QA"),),
        rejected=((3, "Name", "missing"), (3, "Country", "missing"), (4, "Name", "missing"), (4, "Country", "missing")),
    ),
    Case(
        "a worker's family below the worker",
        text("No,Name,Relation,Host,Passport\n1,Ahmed Hassan,Principal,Libya,A12345678\n,Mona Ali,Spouse,Libya,A12345679\n2,Rajesh Kumar,Self,Libya,Z1234567\n,Baby Kumar,Daughter,Libya,\n"),
        (somebody(2, "Ahmed Hassan", "EG", "LY", contact_relation=None), somebody(4, "Rajesh Kumar", "EG", "LY")),
        country="EG",
        rejected=((3, "Name", "family"), (5, "Name", "family")),
    ),
    Case(
        "a relation beside a contact is whom to call",
        text("Name,Host,Notify,Relation,Wife's passport\nAhmed Hassan,Libya,Mona Ali,Wife,A12345678\nOmar Said,Libya,,,\n"),
        (somebody(2, "Ahmed Hassan", "EG", "LY", passport_number=None), somebody(3, "Omar Said", "EG", "LY")),
        country="EG",
    ),
    Case(
        "words and counts where a name should be",
        text("Name,Host\nJuan Cruz,Qatar\n3 persons,Qatar\nSpouse,Qatar\nwife and 2 children,Qatar\nWife: Sunita Kumar,Qatar\nMona Ali (wife),Qatar\nBaby Boy Cruz,Qatar\nSon Nguyen,Qatar\n"),
        (somebody(2, "Juan Cruz", "PH", "QA"), somebody(8, "Baby Boy Cruz", "PH", "QA"), somebody(9, "Son Nguyen", "PH", "QA")),
        rejected=((3, "Name", "not a name"), (4, "Name", "not a name"), (5, "Name", "not a name"), (6, "Name", "family"), (7, "Name", "family")),
    ),
    Case(
        "a short year that nobody working has",
        text("Name,Host,DOB,PP Exp\nAli Raza,UAE,5-Jan-27,5-Jan-27\nBilal Khan,UAE,5-Jan-07,01-May-2027 00:00:00\nImran Ali,UAE,5-Jan-1950,1-May-27 12:30 pm\n"),
        (
            somebody(2, "Ali Raza", "PK", "AE", birth_date=None, passport_expires_on=dt.date(2027, 1, 5)),
            somebody(3, "Bilal Khan", "PK", "AE", birth_date=dt.date(2007, 1, 5), passport_expires_on=dt.date(2027, 5, 1)),
            somebody(4, "Imran Ali", "PK", "AE", birth_date=dt.date(1950, 1, 5), passport_expires_on=dt.date(2027, 5, 1)),
        ),
        country="PK",
        flagged=((2, "DOB", "four digits"),),
    ),
    Case(
        "whom to call, named a nominee",
        text("Name of Candidate,Country,Mobile (Nepal),Nominee's Name,Nominee Relation,Nominee Contact No.,Worker contact\nRam Tamang,Qatar,9851012345,Sita Tamang,Wife,9841234567,97455123456\n"),
        (somebody(2, "Ram Tamang", "NP", "QA", contact_name="Sita Tamang", phone_family="+9779841234567", phone="+9779851012345"),),
        country="NP",
    ),
    Case(
        "the same as above",
        joined([
            ["SN", "Name", "Nationality", "Country", "Company", "Passport", "Visa Exp"],
            ["1", "Ram Tamang", "Nepali", "Qatar", "Gulf Catering", "PA1234567", "25/05/2027"],
            ["2", "Hari Rai", "-do-", "-do-", "-do-", "-do-", "-do-"],
            ["3", "Sita Rai", "ditto", '"', "same as above", "", "〃"],
            ["4", "-do-", "Nepali", "DO", "", "", ""],
        ]),
        (
            somebody(2, "Ram Tamang", "NP", "QA"),
            somebody(3, "Hari Rai", "NP", "QA", employer="Gulf Catering", passport_number=None, visa_expires_on=None),
            somebody(4, "Sita Rai", "NP", "QA", employer="Gulf Catering"),
        ),
        country="NP",
        rejected=((5, "Name", "not a name"), (5, "Country", "DO")),
        flagged=((3, "Passport", "not a document number"), (3, "Visa Exp", "not a date"), (4, "Visa Exp", "not a date")),
    ),
    Case(
        "last and first of something else",
        text("Name,Country,Last Location,First contract,Nationality of employer,Mobile Country Code,Mobile\nAna Cruz,Qatar,Doha,2020,Saudi,974,55123456\n"),
        (somebody(2, "Ana Cruz", "PH", "QA", family_name=None, site=None, phone="+97455123456"),),
    ),
)
