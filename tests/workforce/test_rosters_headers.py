"""Finding the headings, whatever they are called."""

import pytest

from workforce.rosters.headers import letter_of, understand_header


def fields(line, *below):
    rows = [(number, text.split("|")) for number, text in enumerate([line, *below], start=1)]
    return [column.field for column in understand_header(rows).columns]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "No.|Name of Worker|PP No.|Exp. Date|DOB|Jobsite|FRA/Employer|Mobile (host)|Next of kin|Relationship|Contact #",
            "- full_name passport_number passport_expires_on birth_date site employer phone_host contact_name contact_relation phone_family",
        ),
        (
            "Surname|Given names|Citizenship|Country of work|Iqama No.|Expiry|Visa No|Visa Expiry|Passport held by|Contract End|Remarks",
            "family_name given_names nationality host_country permit_number permit_expires_on visa_number visa_expires_on custody contract_ends_on notes",
        ),
        (
            "Nama Lengkap|Kewarganegaraan|Negara Tujuan|Tanggal Lahir|Nomor Paspor|Masa Berlaku Paspor|Majikan|Pekerjaan|No. HP|No. HP Keluarga",
            "full_name nationality host_country birth_date passport_number passport_expires_on employer occupation phone phone_family",
        ),
        (
            "Nom|Prénom(s)|Nationalité|Pays d’accueil|Date de naissance|N° de passeport|Date d'expiration|Employeur|Téléphone (domicile)|Lien de parenté",
            "family_name given_names nationality host_country birth_date passport_number passport_expires_on employer phone_home contact_relation",
        ),
        (
            "Apellidos|Nombres|Nacionalidad|País de destino|Fecha de nacimiento|Nº de pasaporte|Fecha de vencimiento|Empleador|Contacto de emergencia",
            "family_name given_names nationality host_country birth_date passport_number passport_expires_on employer contact_name",
        ),
        (
            "الاسم|الجنسية|بلد العمل|تاريخ الميلاد|رقم الجواز|تاريخ انتهاء الجواز|رقم الإقامة|صاحب العمل|رقم الجوال",
            "full_name nationality host_country birth_date passport_number passport_expires_on permit_number employer phone",
        ),
        (
            "N°|NOM ET PRÉNOMS|N° PASSEPORT|PAYS|TÉL.|PERSONNE À PRÉVENIR|TÉL. PERSONNE À PRÉVENIR",
            "- full_name passport_number host_country phone contact_name phone_family",
        ),
        (
            "S.N.|Name|Old Passport No.|New Passport No.|Previous Employer|Current Employer|Country of Residence|Guardian's Mobile",
            "- full_name - passport_number - employer host_country phone_family",
        ),
        (
            "SEQ. NO.|NAME OF OFW (Last Name / First Name / Middle Name as written in the passport)|BIRTHDATE|VALIDITY OF PASSPORT|Citizenship No.|DOJ|Nombres y apellidos",
            "- full_name birth_date passport_expires_on - contract_starts_on -",
        ),
        (
            "क्र.सं.|कामदारको नाम|राहदानी नं.|जन्म मिति|गन्तव्य देश|रोजगारदाता|सम्पर्क नम्बर|कैफियत",
            "- full_name passport_number birth_date host_country employer phone notes",
        ),
        (
            "ক্রমিক নং|কর্মীর নাম|পাসপোর্ট নম্বর|জন্ম তারিখ|গন্তব্য দেশ|পেশা|মোবাইল নং|মন্তব্য",
            "- full_name passport_number birth_date host_country occupation phone notes",
        ),
        (
            "අංකය|නම|ජාතිය|ගමන් බලපත්‍ර අංකය|උපන් දිනය|රට|සේවායෝජක|දුරකථන අංකය",
            "- full_name nationality passport_number birth_date host_country employer phone",
        ),
        (
            "ተ.ቁ|ሙሉ ስም|ጾታ|ዜግነት|የፓስፖርት ቁጥር|የመዳረሻ ሀገር|የአሰሪ ስም|ስልክ ቁጥር",
            "- full_name sex nationality passport_number host_country employer phone",
        ),
        (
            "Bilang|Pangalan|Kasarian|Petsa ng kapanganakan|Pasaporte|Bansa|Amo|Selpon",
            "- full_name sex birth_date passport_number host_country employer phone",
        ),
        ("Name|Father's Name|Agency|Salary|Place of Issue|Email|Worker ID", "full_name - - - - email external_ref"),
    ],
)
def test_columns_are_known_by_their_names_in_five_languages(line, expected):
    assert [field or "-" for field in fields(line)] == expected.split()


def test_every_field_is_known_by_its_own_name():
    names = "full_name|nationality|host_country|birth_date|passport_number|passport_expires_on|exit_permit_expires_on|phone_host|custody|address_home"

    assert fields(names) == names.split("|")


def test_titles_above_the_headings_are_passed_over():
    rows = [
        (1, ["Ilaw Placement"]),
        (2, []),
        (3, ["List of workers and passports", ""]),
        (4, ["#", "Full Name", "DOB"]),
        (5, ["1", "Ana", "x"]),
    ]

    assert understand_header(rows).row_number == 4


def test_two_lines_of_headings_are_read_together():
    assert fields("Name|Passport||Visa|", "|No.|Expiry|No.|Expiry", "Ana|P1|x|V1|y") == [
        "full_name",
        "passport_number",
        "passport_expires_on",
        "visa_number",
        "visa_expires_on",
    ]


def test_a_jobsite_column_that_lists_countries_is_the_host_country():
    assert fields("Name|Nationality|Jobsite", "Ana|PH|Saudi Arabia", "Ben|PH|Kuwait")[2] == "host_country"
    assert fields("Name|Nationality|Jobsite", "Ana|PH|Riyadh camp", "Ben|PH|Block 5")[2] == "site"


def test_a_phone_heading_may_name_its_country():
    header = understand_header([(1, ["Name", "Philippine mobile", "KSA number", "Mobile"])])

    assert [(column.field, column.country) for column in header.columns[1:]] == [
        ("phone", "PH"),
        ("phone", "SA"),
        ("phone", None),
    ]


def test_a_heading_may_say_the_order_of_its_dates():
    header = understand_header([(1, ["Name", "DOB (dd/mm/yyyy)", "PP Expiry MM/DD/YYYY"])])

    assert [column.date_order for column in header.columns] == [None, "day-first", "month-first"]


def test_letters_go_on_after_z():
    assert [letter_of(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_a_title_above_the_headings_is_no_group_of_columns():
    assert fields("LIST OF DEPLOYED WORKERS AND THEIR PASSPORTS|||", "Seq. No.|Name|Nationality|Country") == [
        None,
        "full_name",
        "nationality",
        "host_country",
    ]


def test_a_group_of_telephones_says_whose_each_is():
    assert fields("Name|Phone numbers|", "|Home|Host", "Ana|0917|050") == ["full_name", "phone_home", "phone_host"]


def test_a_group_alone_above_the_headings_still_counts():
    assert fields("||Passport|", "Name|Country|No|Valid until", "Ana|Kuwait|P1|x") == [
        "full_name",
        "host_country",
        "passport_number",
        "passport_expires_on",
    ]


def test_a_contact_number_right_of_the_next_of_kin_is_the_familys():
    assert fields("Name|Next of kin|Contact No.|Mobile") == ["full_name", "contact_name", "phone_family", "phone"]
