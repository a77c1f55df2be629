"""What months are called where the Gregorian calendar is kept, and how to notice that another calendar is."""

import re
from functools import cache

from babel import Locale

from workforce.countries import plain

# Languages of the countries that send workers, of those that receive them, and of their neighbours.
_LANGUAGES_TEXT = (
    "en fr es ar ar_LB ar_DZ ar_MA id ms fil ne bn si am hi ur ta te ml sw so my th km lo pt it de tr fa ru uk ro mg ha ceb jv el"
)
_OWN_WORDS = """
january jan januari januari janvier janv janu ene enero jenner يناير كانون_الثاني جانفي জানুয়ারি ጃንዋሪ ጃንዩወሪ
february feb februari febrero fevrier fevr fev pebruari peb pebrero فبراير شباط فيفري ফেব্রুয়ারি ፌብሩዋሪ
march mar maret mac mars marzo marso machi مارس اذار মার্চ ማርች
april apr avril avr abril abr aprili ابريل نيسان افريل এপ্রিল ኤፕሪል
may mei mai mayo مايو ايار ماي
june jun juni juin junio hunyo يونيو يونيه حزيران جوان
july jul juli julai juillet juil julio hulyo يوليو يوليه تموز جويليه
august aug agustus ogos agu agt aout agosto ago agosti اغسطس اب اوت
september sep sept septembre septiembre setiembre setyembre septemba سبتمبر ايلول सितंबर सितम्बर सेप्टेम्बर
october oct oktober okt octobre octubre oktubre oktoba otb اكتوبر تشرين_الاول
november nov nopember nop novembre noviembre nobyembre novemba نوفمبر تشرين_الثاني नवंबर नवम्बर नोभेम्बर
december dec desember des disember dis decembre diciembre dic disyembre desemba ديسمبر كانون_الاول दिसंबर दिसम्बर डिसेम्बर
"""
_FOREIGN_TEXT = """
muharram safar rabi rabiul rabbi jumada jamadi jumadil rajab shaban shaaban ramadan ramadhan ramzan shawwal syawal shawal dhu zul dhul zulkaidah zulhijjah
dhulhijjah zilhajj muharam محرم صفر ربيع جمادي رجب شعبان رمضان شوال ذو ذي
baisakh baishakh jestha jeth ashadh asar ashar shrawan saun sawan bhadra bhadau ashwin asoj aswin kartik mangsir poush push magh falgun phagun phalgun chaitra chait
वैशाख जेठ जेष्ठ असार आषाढ साउन श्रावण भदौ भाद्र असोज आश्विन कात्तिक कार्तिक मंसिर मङ्सिर पुस पुष पौष माघ फागुन फाल्गुन चैत चैत्र
boishakh joishtho asharh srabon bhadro ashwin kartik ogrohayon poush falgun choitro
বৈশাখ জ্যৈষ্ঠ আষাঢ় শ্রাবণ ভাদ্র আশ্বিন কার্তিক অগ্রহায়ণ পৌষ মাঘ ফাল্গুন চৈত্র
meskerem tikimt tikemt hidar tahsas tir yekatit megabit miyazya ginbot sene hamle nehase pagume
መስከረም ጥቅምት ኅዳር ህዳር ታኅሣሥ ታህሳስ ጥር የካቲት መጋቢት ሚያዝያ ግንቦት ሰኔ ሐምሌ ሀምሌ ነሐሴ ጳጉሜ ጳጉሜን
farvardin ordibehesht khordad tir mordad shahrivar mehr aban azar dey bahman esfand hamal sawr jawza saratan asad sunbula mizan aqrab qaws jadi dalw hut
"""
_ENGLISH_DAYS = frozenset(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
_OTHER = re.compile(
    r"""(?ix)
    (?<![^\W\d_]) (?: a\.?\s?h\.? | h\.? | hijr[iy]a?h? | b\.?\s?s\.? | v\.?\s?s\.? | b\.?\s?e\.? | e\.?\s?c\.? | sambat | bikram ) [)\]\s]* $
    | ^ [(\s]* (?: a\.?h | b\.?s | v\.?s | b\.?e | e\.?c ) \b
    | هـ | هجري | वि\.?\s*सं | พ\.?\s*ศ | ዓ\.?\s*ም | شمسي | هجری | বঙ্গাব্দ
    """
).search
_GREGORIAN = re.compile(
    r"(?i)\s*[(\[]?\s*(?<![^\W\d_])(?:a\.?d\.?|g\.?c\.?|c\.?e\.?|gregorian|masehi|ميلادي|م\.?|ई\.?\s*सं\.?|እ\.?ኤ\.?አ\.?)\s*[)\]]?\s*$"
).sub
_HEADING_OTHER = re.compile(
    r"""(?ix)
    hijr | هجري | هجری | \b a\.?h\.? \b | \(\s*h\.?\s*\) | bikram | sambat | nepali\s+(?:date|calendar) | \b b\.?\s?s\.? (?!\w) | \b v\.?\s?s\.? (?!\w)
    | वि\.?\s*सं | buddhist | \b b\.?e\.? (?!\w) | พ\.?\s*ศ | ethiopian\s+(?:date|calendar) | \b e\.?\s?c\.? (?!\w) | ዓ\.?\s*ም | shamsi | jalali | persian | شمسی | شمسي
    """
).search
_HEADING_GREGORIAN = re.compile(
    r"(?i)gregorian|\ba\.?d\.?(?!\w)|\bg\.?c\.?(?!\w)|\bc\.?e\.?(?!\w)|masehi|ميلادي|ई\.?\s*सं|እ\.?ኤ\.?አ|english date|\beng\b"
).search
_ETHIOPIC = re.compile("[\u1200-\u137f]").search


def month_of(word: str) -> int | None:
    """The Gregorian month that a plain word (see `countries.plain`) names in any of the languages we know."""
    return _months().get(word) or (None if word in _foreign() or " " in word.strip() else _months_elsewhere().get(word))


def is_foreign_month(word: str) -> bool:
    """Whether a plain word is a month of the Hijri, Nepali, Bengali, Ethiopian or Persian calendar."""
    return word in _foreign()


def weekday(word: str) -> bool:
    """Whether a plain word is a day of the week."""
    return word[:3] in _ENGLISH_DAYS or word in _weekdays()


def says_other(text: str) -> bool:
    """Whether a date says that it is of another calendar: "15-08-1446 AH", "2045/3/12 B.S."."""
    return bool(_OTHER(text))


says_gregorian = _GREGORIAN
"""Takes a closing "AD", "G.C." or "ميلادي" off a date: called as `re.Pattern.sub` is."""


def heading_says_other(heading: str, field: str) -> bool:
    """Whether a heading announces days of another calendar: "DOB (B.S.)". One that names both leaves it to the cells.

    An Amharic heading for a birth means the Ethiopian calendar unless it says otherwise: seven years' difference.
    """
    if _HEADING_GREGORIAN(heading):
        return False
    return bool(_HEADING_OTHER(heading)) or (field == "birth_date" and bool(_ETHIOPIC(heading)))


@cache
def _months() -> dict[str, int]:
    """Months as most of the world writes them: read without opening forty locales."""
    lines = enumerate(_OWN_WORDS.strip().splitlines(), start=1)
    return {plain(word.replace("_", " ")): number for number, line in lines for word in line.split()}


@cache
def _months_elsewhere() -> dict[str, int]:
    meant: dict[str, set[int]] = {}
    for language in _LANGUAGES_TEXT.split():
        for widths in Locale.parse(language).months.values():
            for width in ("wide", "abbreviated"):
                for number, name in widths.get(width, {}).items():
                    word = plain(name)
                    if len(word) > 1 and not any(map(str.isdigit, word)):
                        meant.setdefault(word, set()).add(number)
    return {word: numbers.pop() for word, numbers in meant.items() if len(numbers) == 1}


@cache
def _foreign() -> frozenset[str]:
    return frozenset(plain(word) for word in _FOREIGN_TEXT.split()) - set(_months())


@cache
def _weekdays() -> frozenset[str]:
    words: set[str] = set()
    for language in _LANGUAGES_TEXT.split():
        for widths in Locale.parse(language).days.values():
            for width in ("wide", "abbreviated"):
                words.update(plain(name) for name in widths.get(width, {}).values())
    return frozenset(word for word in words if word) - set(_months())
