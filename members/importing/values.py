"""One cell understood: names, dates, numbers and codes as Finns and their spreadsheets write them. Unreadable otherwise."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from jasenpalvelu.common.dates import parse_date
from jasenpalvelu.common.identifiers import (
    format_phone,
    normalise_email,
    normalise_phone,
    normalise_postcode,
    normalise_y_tunnus,
)
from jasenpalvelu.common.money import parse_number
from jasenpalvelu.common.reference import municipality_code
from jasenpalvelu.common.sorting import fold
from members.importing.headings import HETU
from members.importing.problems import Unreadable

_CENTURIES = {"+": 1800} | dict.fromkeys("-YXWVUyxwvu", 1900) | dict.fromkeys("ABCDEFabcdef", 2000)
EXCEL_EPOCH = date(1899, 12, 30)
OLDEST = date(1890, 1, 1)
_PARTICLES = {"von", "af", "de", "van", "der", "den", "di", "da", "la", "le", "del", "zu", "av"}
_YES = {"x", "1", "kylla", "k", "on", "true", "tosi", "ja", "j", "yes", "y", "voimassa"}
_NO = {"", "0", "ei", "e", "false", "epatosi", "nej", "n", "no"}
_LANGUAGES = {
    "fi": "fi suomi suomenkielinen finska finnish fin s",
    "sv": "sv ruotsi ruotsinkielinen svenska swedish swe r se",
    "en": "en englanti engelska english eng",
}
_LANGUAGE = {word: code for code, words in _LANGUAGES.items() for word in words.split()}
_COUNTRIES = {
    "FI": "fi suomi finland fin", "SE": "se ruotsi sverige sweden swe", "NO": "no norja norge norway nor",
    "EE": "ee viro estland estonia est", "DK": "dk tanska danmark denmark dnk", "DE": "de saksa tyskland germany deu",
    "GB": "gb uk englanti england britannia united kingdom gbr", "US": "us usa yhdysvallat forenta staterna united states",
    "CA": "ca kanada canada can", "AX": "ax ahvenanmaa aland",
}  # fmt: skip
_COUNTRY = {word: code for code, words in _COUNTRIES.items() for word in words.split()}
_SEVERAL = re.compile(r"\s*[;/]\s*|\s*,\s*|\s+tai\s+|\s+eller\s+|\s+or\s+|\n+")
_FIVE_DIGITS = re.compile(r"\d{5}")
_WHOLE_ADDRESS = re.compile(r"(.+?)[, ]+(?:FI-?)?(\d{5})\s+(\D+)")
_POSTAL_AND_CITY = re.compile(r"^((?:FI-?)?\d{5})[ ,]+(\D.*)$", re.IGNORECASE)
_HONORIFICS = re.compile(r"^(?:hra|rva|nti|herr|fru|mr|mrs|ms)\.?\s+", re.IGNORECASE)

LEGAL_WORDS = {
    "estate": r"kuolinpesä|kuolinpesän|jakamaton kuolinpesä|k\.?p\.?|dödsbo|db|estate of",
    "joint_forest": r"yhteismetsä|yhteismetsän osakaskunta|samfällda skog|samfälld skog|samfällighet",
    "partnership": r"yhtymä|maatalousyhtymä|metsäyhtymä|verotusyhtymä|mty|sammanslutning|beskattningssammanslutning",
    "association": r"ry|rf|yhdistys|förening|säätiö|stiftelse|seurakunta|församling",
    "company": r"oy|oyj|ab|abp|ky|kb|ay|öppet bolag|tmi|osk|osuuskunta|andelslag|kommandiittiyhtiö|osakeyhtiö|aktiebolag",
}
_LEGAL = {
    form: re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) for form, words in LEGAL_WORDS.items()
}
_LEGAL_ENDINGS = {
    "joint_forest": re.compile(r"(?:yhteismetsä|samfällighet)$", re.IGNORECASE),
    "estate": re.compile(r"(?:kuolinpesä|dödsbo)$", re.IGNORECASE),
    "partnership": re.compile(r"(?:yhtymä|sammanslutning)$", re.IGNORECASE),
}


def clean(text: str) -> str:
    """One line without doubled blanks; a spreadsheet's text mark before a formula sign is dropped."""
    tidy = " ".join(text.split())
    return tidy[1:] if tidy[:1] == "'" and tidy[1:2] in {"=", "+", "-", "@"} else tidy


# --- no personal identity code is ever kept -------------------------------------------------------------------------
def redact(text: str) -> str:
    """The text without personal identity codes: alone in its cell one leaves the date of birth, elsewhere nothing."""
    if not HETU.search(text):
        return text
    whole = HETU.fullmatch(text.strip())
    if whole is None:
        return HETU.sub("–", text)
    try:
        born = _born(whole)
    except ValueError:
        return ""
    return f"{born.day}.{born.month}.{born.year}"


def _born(match: re.Match[str]) -> date:
    day, month, year, century = match.groups()
    return date(_CENTURIES[century] + int(year), int(month), int(day))


# --- names ----------------------------------------------------------------------------------------------------------
def person_name(text: str) -> str:
    """A name as it is written; one all in capitals gets small letters back."""
    name = clean(text)
    letters = [c for c in name if c.isalpha()]
    if len(letters) < 3 or not all(c.isupper() for c in letters):
        return name
    return " ".join(_lowered(word) for word in name.split(" "))


def _lowered(word: str) -> str:
    if word.lower() in _PARTICLES:
        return word.lower()
    return "".join(part.capitalize() for part in re.split(r"([-'’])", word))


def split_name(text: str, *, last_first: bool) -> tuple[str, str]:
    """(last name, first names) of a whole name; a comma tells where the last name ends."""
    name = person_name(_HONORIFICS.sub("", clean(text)))
    if "," in name:
        last, first = name.split(",", 1)
        return last.strip(), first.strip()
    words = name.split(" ")
    if last_first:
        cut = 1
        while cut < len(words) - 1 and words[cut - 1].lower() in _PARTICLES:
            cut += 1
        return " ".join(words[:cut]), " ".join(words[cut:])
    cut = len(words) - 1
    while cut > 1 and words[cut - 1].lower() in _PARTICLES:
        cut -= 1
    return " ".join(words[cut:]), " ".join(words[:cut])


@lru_cache(maxsize=4_000)
def legal_form_of(name: str) -> str:
    """The legal form a name tells, or "" when it seems to be a person's."""
    for form, words in _LEGAL.items():
        if words.search(name):
            return form
    return next((form for form, ending in _LEGAL_ENDINGS.items() if ending.search(name)), "")


def legal_form(text: str) -> str:
    """A legal form written in a column of its own."""
    word = clean(text)
    if not word:
        return ""
    if word.lower() in {"company", "joint_forest", "estate", "partnership", "association", "other"}:
        return word.lower()
    if fold(word) in {
        "henkilo",
        "yksityishenkilo",
        "luonnollinen henkilo",
        "person",
        "privatperson",
        "yksityinen",
    }:
        return "person"
    return legal_form_of(word) or "other"


# --- dates ----------------------------------------------------------------------------------------------------------
@lru_cache(maxsize=20_000)
def day(text: str, *, pivot: int, year_alone: bool = False) -> date:
    """A day as typed, an ISO day, or the number by which a spreadsheet counts days; a year alone where that will do."""
    value = clean(text)
    if match := HETU.fullmatch(value):
        try:
            return _born(match)
        except ValueError:
            raise Unreadable("date", value="–") from None
    if year_alone and re.fullmatch(r"(?:18|19|20)\d\d", value):
        return date(int(value), 1, 1)
    if re.fullmatch(r"[1-7]\d{4}", value):
        return EXCEL_EPOCH + timedelta(days=int(value))
    try:
        return parse_date(value, pivot=pivot)
    except ValueError:
        raise Unreadable("date", value=value[:40]) from None


# --- numbers --------------------------------------------------------------------------------------------------------
@lru_cache(maxsize=20_000)
def quantity(text: str) -> Decimal:
    """Hectares, animal units, person-years: not negative, two decimals, its unit may follow."""
    value = re.sub(r"(?i)\s*(?:ha|hehtaaria|ey|htv|lu|de|årsv\.?)\.?$", "", clean(text))
    try:
        number = parse_number(value)
    except ValueError:
        raise Unreadable("number", value=text[:40]) from None
    if number < 0:
        raise Unreadable("negative", value=text[:40])
    if number >= 10_000_000:
        raise Unreadable("too_big", value=text[:40])
    return number.quantize(Decimal("0.01"))


# --- contacts -------------------------------------------------------------------------------------------------------
def emails(text: str) -> tuple[str, bool]:
    """The first address of the cell, and whether there were others."""
    return _first(text, lambda part: normalise_email(part), "email")


def phones(text: str) -> tuple[str, bool]:
    """The first number of the cell in its printed form, and whether there were others."""
    value = clean(text)
    if re.fullmatch(r"[45]\d{7,9}", value):  # a spreadsheet took the first zero
        value = f"0{value}"
    try:
        return format_phone(normalise_phone(value)), False
    except ValueError:
        return _first(value, lambda part: format_phone(normalise_phone(part)), "phone")


def _first(text: str, read, code: str) -> tuple[str, bool]:  # type: ignore[no-untyped-def]
    parts = [part for part in _SEVERAL.split(clean(text).strip("<>")) if part]
    try:
        return read(parts[0]), len(parts) > 1
    except (ValueError, IndexError):
        raise Unreadable(code, value=text.strip()[:60]) from None


def postal(text: str, *, country: str = "FI") -> tuple[str, str]:
    """(postal code, post office if it stood in the same cell)."""
    value = clean(text)
    match = _POSTAL_AND_CITY.match(value)
    code, place = (match.group(1), match.group(2)) if match else (value, "")
    if country != "FI":
        return code[:10], place
    try:
        return normalise_postcode(code), place
    except ValueError:
        raise Unreadable("postal_code", value=value[:40]) from None


def split_street(text: str) -> tuple[str, str, str]:
    """(street, postal code, post office) of a cell that may hold the whole address."""
    value = clean(text)
    match = _WHOLE_ADDRESS.fullmatch(value) if _FIVE_DIGITS.search(value) else None
    return (match.group(1).rstrip(","), match.group(2), match.group(3)) if match else (value, "", "")


@lru_cache(maxsize=4_000)
def place(text: str) -> str:
    """A post office; all in capitals it is written as other names are."""
    value = clean(text)
    return person_name(value) if value.isupper() else value


def country(text: str) -> str:
    value = clean(text)
    found = _COUNTRY.get(fold(value).split(" ")[0] if value else "")
    if found:
        return found
    if re.fullmatch(r"[A-Za-z]{2}", value):
        return value.upper()
    raise Unreadable("country", value=value[:40])


@lru_cache(maxsize=200)
def language(text: str) -> str:
    found = _LANGUAGE.get(fold(text))
    if found is None:
        raise Unreadable("language", value=clean(text)[:40])
    return found


@lru_cache(maxsize=4_000)
def municipality(text: str) -> str:
    """The code of a municipality written by name or by code."""
    value = re.sub(r"(?i)\s+(?:kunta|kaupunki|kommun|stad)$", "", clean(text))
    code = municipality_code(value)
    if code is None:
        raise Unreadable("municipality", value=value[:40])
    return code


@lru_cache(maxsize=4_000)
def y_tunnus(text: str) -> str:
    try:
        return normalise_y_tunnus(clean(text))
    except ValueError:
        shape = re.fullmatch(r"(?:FI)?\s*\d{6,7}\s*-?\s*\d", clean(text), re.IGNORECASE)
        raise Unreadable("y_tunnus_check" if shape else "y_tunnus", value=clean(text)[:40]) from None


def yes(text: str) -> bool:
    word = fold(text)
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise Unreadable("yes_no", value=clean(text)[:40])


def age_on(born: date, on: date) -> int:
    """Full years; somebody born on 29 February is a year older on 1 March of a common year."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
