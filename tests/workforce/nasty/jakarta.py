"""Lists from Jakarta, Colombo, Nairobi and Addis Ababa."""

import datetime as dt

from openpyxl.utils.datetime import CALENDAR_MAC_1904

from tests.workforce.nasty.making import Case, book, somebody, text


def _from_1904(made):
    made.epoch = CALENDAR_MAC_1904
    made.active.append(["Name", "Nationality", "Country", "PP Expiry", "DOB"])
    made.active.append(["Wanjiku Kamau", "Kenyan", "Qatar", 44985, dt.date(1990, 5, 12)])


def _cached_formulas(made):
    made.active["A3"] = "=A2"
    made.active["A3"].data_type = "f"


CASES = (
    Case(
        "Bahasa headings in two rows, with months by name",
        text(
            "DAFTAR PMI;;;;;;;\nNo;Nama;Paspor;;Negara Penempatan;Majikan;Tgl Lahir;No HP Keluarga\n;;Nomor;Masa Berlaku;;;;\n"
            "1;SITI NURHALIZA;C1234567;5 Mei 2027;Arab Saudi;Al Rajhi;17 Agustus 1990;0812-3456-7890\n"
            "2;Firmansyah;C1234568;12 Des 2027;Hongkong;Mr. Wong;5 Pebruari 1991;081234567890\nJumlah;2;;;;;;\nMengetahui,;;;;;;;\n"
        ),
        (
            somebody(
                4,
                "Siti Nurhaliza",
                "ID",
                "SA",
                passport_number="C1234567",
                passport_expires_on=dt.date(2027, 5, 5),
                birth_date=dt.date(1990, 8, 17),
                phone_family="+6281234567890",
            ),
            somebody(
                5, "Firmansyah", "ID", "HK", passport_expires_on=dt.date(2027, 12, 12), birth_date=dt.date(1991, 2, 5)
            ),
        ),
        country="ID",
    ),
    Case(
        "L and P, Malay and numbers said short",
        text(
            "Nama,Jantina,Negara,Telefon,Warganegara\nSiti,P,Malaysia,0812345678/9,WNI\nBudi,L,Malaysia,+60 12-345 6789,Indonesia\n"
        ),
        (somebody(2, "Siti", "ID", "MY", sex="F"), somebody(3, "Budi", "ID", "MY", sex="M", phone="+60123456789")),
        country="ID",
        flagged=((2, "Telefon", "more than one"),),
    ),
    Case(
        "Buddhist and Hijri years",
        text(
            "Name,Nationality,Host country,Iqama No,Iqama Expiry,PP Expiry,Visa expiry\nBudi Santoso,ID,SA,2123456789,15/08/1449,15/08/2570,15-08-49 H\n"
        ),
        (somebody(2, "Budi Santoso", "ID", "SA", permit_number="2123456789"),),
        country="ID",
        flagged=((2, "Iqama Expiry", "Hijri"), (2, "PP Expiry", "Buddhist"), (2, "Visa expiry", "another calendar")),
    ),
    Case(
        "Sinhala headings",
        text(
            "අංකය,සම්පූර්ණ නම,ජාතිය,රට,ගමන් බලපත්‍ර අංකය,උපන් දිනය,දුරකථන අංකය\n1,නිමල් පෙරේරා,ශ්‍රී ලාංකික,කුවේට්,N1234567,1988-02-29,0771234567\n"
        ),
        (
            somebody(
                2,
                "නිමල් පෙරේරා",
                "LK",
                "KW",
                passport_number="N1234567",
                birth_date=dt.date(1988, 2, 29),
                phone="+94771234567",
            ),
        ),
        country="LK",
    ),
    Case(
        "codes that mean two things",
        text(
            "Name,Nationality,Country\nNimal Perera,SL,KW\nKamal Silva,NA,KW\nSunil Dias,LK,Korea\nAjith Fernando,LKA,S. Korea\nRuwan Jaya,Sri Lankan/British,Congo\n"
        ),
        (somebody(5, "Ajith Fernando", "LK", "KR"),),
        country="LK",
        rejected=(
            (2, "Nationality", "Sri Lanka or Sierra Leone"),
            (3, "Nationality", "Namibia"),
            (4, "Country", "could be"),
            (6, "Nationality", "could be"),
            (6, "Country", "could be"),
        ),
    ),
    Case(
        "French and Spanish headings side by side with a French month",
        text(
            "Nom;Prénom(s);Sexe;Nationalité;Pays d’accueil;Date de naissance;Date d'expiration passeport\nRAKOTO;Jean;H;Malgache;Liban;1er août 1990;12/février/2027\n"
        ),
        (
            somebody(
                2,
                "Jean Rakoto",
                "MG",
                "LB",
                sex="M",
                birth_date=dt.date(1990, 8, 1),
                passport_expires_on=dt.date(2027, 2, 12),
            ),
        ),
        country="MG",
    ),
    Case(
        "M is a woman beside H",
        text(
            "Apellidos,Nombres,Sexo,Nacionalidad,País de destino,Fecha de nacimiento\nPérez,Ana,M,Boliviana,España,12 de mayo de 1990\nRoca,Juan,H,Boliviano,España,13/05/1991\n"
        ),
        (
            somebody(2, "Ana Pérez", "BO", "ES", sex="F", birth_date=dt.date(1990, 5, 12)),
            somebody(3, "Juan Roca", "BO", "ES", sex="M"),
        ),
        country="BO",
    ),
    Case(
        "M alone is nobody's guess",
        text("Nombre,Sexo,Nacionalidad,País de destino\nAna Pérez,M,Boliviana,España\n"),
        (somebody(2, "Ana Pérez", "BO", "ES"),),
        country="BO",
        flagged=((2, "Sexo", "mujer"),),
    ),
    Case(
        "days counted from 1904",
        book(prepare=_from_1904),
        (
            somebody(
                2, "Wanjiku Kamau", "KE", "QA", passport_expires_on=dt.date(2027, 3, 1), birth_date=dt.date(1990, 5, 12)
            ),
        ),
        file_name="list.xlsx",
        country="KE",
    ),
    Case(
        "Swahili headings, pipes and a child",
        text(
            "Jina kamili|Uraia|Nchi ya kazi|Namba ya pasipoti|Tarehe ya kuzaliwa|Namba ya simu\nJuma Otieno|Mkenya|Saudia|AK0123456|12 Machi 2019|0712345678\n"
        ),
        (somebody(2, "Juma Otieno", "KE", "SA", passport_number="AK0123456", phone="+254712345678"),),
        country="KE",
        flagged=((2, "Tarehe ya kuzaliwa", "child"),),
    ),
    Case(
        "a merged country past the last worker, and totals in two scripts",
        book(
            ["No", "Name", "Country", "Nationality"],
            [1, "Jane Akinyi", "Lebanon", "Kenyan"],
            [2, "Mary Wambui", None, "Kenyan"],
            [3, None, None, None],
            ["ጠቅላላ", None, None, 2],
            merge=("C2:C6",),
        ),
        (somebody(2, "Jane Akinyi", "KE", "LB"), somebody(3, "Mary Wambui", "KE", "LB")),
        file_name="list.xlsx",
        country="KE",
    ),
    Case(
        "Amharic headings: births may be Ethiopian",
        text(
            "ተ.ቁ,ሙሉ ስም,ዜግነት,የመዳረሻ ሀገር,የፓስፖርት ቁጥር,የትውልድ ቀን,ስልክ ቁጥር\n1,አበበ በቀለ,ኢትዮጵያዊ,ሊባኖስ,EP1234567,12/05/1982,0911234567\n"
        ),
        (somebody(2, "አበበ በቀለ", "ET", "LB", passport_number="EP1234567", phone="+251911234567"),),
        country="ET",
        flagged=((2, "የትውልድ ቀን", "another calendar"),),
    ),
    Case(
        "Ethiopian dates that say so, and one that says it is Gregorian",
        text(
            "Name,Nationality,Country,Date of birth\nAbebe Bekele,Ethiopian,KSA,12 Meskerem 1982\nSara Tesfaye,Ethiopian,KSA,05/13/1990 G.C.\nHana Girma,Ethiopian,KSA,13/13/1982\nLily Worku,Ethiopian,KSA,1982-05-12 E.C.\n"
        ),
        (
            somebody(2, "Abebe Bekele", "ET", "SA"),
            somebody(3, "Sara Tesfaye", "ET", "SA", birth_date=dt.date(1990, 5, 13)),
            somebody(4, "Hana Girma", "ET", "SA"),
            somebody(5, "Lily Worku", "ET", "SA"),
        ),
        country="ET",
        flagged=(
            (2, "Date of birth", "another calendar"),
            (4, "Date of birth", "no month 13"),
            (5, "Date of birth", "another calendar"),
        ),
    ),
    Case(
        "Arabic headings and digits",
        text(
            "م,الاسم,الجنسية,بلد العمل,رقم الجواز,تاريخ الانتهاء,رقم الجوال\n١,سارة تسفاي,إثيوبية,السعودية,EP1234567,١٢ مايو ٢٠٢٧,٠٥٠١٢٣٤٥٦٧\n",
            "utf-8-sig",
        ),
        (
            somebody(
                2,
                "سارة تسفاي",
                "ET",
                "SA",
                passport_number="EP1234567",
                passport_expires_on=dt.date(2027, 5, 12),
                phone="+966501234567",
            ),
        ),
        country="ET",
    ),
    Case(
        "a separator announced, blank rows and columns, headings said again",
        text(
            "sep=;\n;;;;\n;Name;;Nationality;Host country\n;;;;\n;Jane Akinyi;;KE;Oman\n;Name;;Nationality;Host country\n;Mary Wambui;;KE;Oman\n;Page 2;;;\n"
        ),
        (somebody(4, "Jane Akinyi", "KE", "OM"), somebody(6, "Mary Wambui", "KE", "OM")),
        country="KE",
    ),
    Case(
        "UTF-8 and Windows-1252 put together into one file",
        "Name,Nationality,Host country\nJosé Rakoto,MG,LB\nZoé Rasoa,MG,LB\n".encode()
        + "Noé Rabe,MG,LB\n".encode("cp1252"),
        (
            somebody(2, "José Rakoto", "MG", "LB"),
            somebody(3, "Zoé Rasoa", "MG", "LB"),
            somebody(4, "Noé Rabe", "MG", "LB"),
        ),
        country="MG",
    ),
    Case(
        "old Mac line ends and blank words",
        text(
            "Name,Nationality,Host country,DOB,Mobile,Email\rJane Akinyi,KE,Qatar,N/A,TBA,nil\rMary Wambui,-,Qatar,,,\r"
        ),
        (somebody(2, "Jane Akinyi", "KE", "QA"),),
        country="KE",
        rejected=((3, "Nationality", "missing"),),
    ),
)
