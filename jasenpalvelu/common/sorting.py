"""Finnish alphabetical order and diacritic-free search keys, as plain strings the database can compare.

The embedded PostgreSQL has no ICU, and its C collation compares bytes. `sort_key` therefore writes the order into the
string itself: å ä ö become the three ASCII characters that follow z.
"""

import unicodedata

# Letters that have no decomposition in Unicode, or whose place in the Finnish alphabet is not that of the base letter.
_PLACES = {
    "å": "{",
    "ä": "|",
    "æ": "|",
    "ö": "}",
    "ø": "}",
    "ő": "}",
    "ü": "y",
    "ű": "y",
}
_BARE = {
    "ß": "ss",
    "đ": "d",
    "ð": "d",
    "ħ": "h",
    "ı": "i",
    "ĸ": "k",
    "ł": "l",
    "ŋ": "n",
    "œ": "oe",
    "þ": "th",
    "ŧ": "t",
    "ʒ": "z",
    "ǥ": "g",
    "æ": "ae",
    "ø": "o",
    "ə": "e",
    "ƒ": "f",
}
# Silent marks: what people put inside one word without starting another.
_SILENT = set(
    "'’‘ʼ`´ʹ\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}\N{WORD JOINER}"
)


def _bare(letter: str) -> str:
    """The letter without its marks, lower case; what is no letter or digit becomes a space, silent marks nothing."""
    if letter in _SILENT:
        return ""
    out = []
    for part in unicodedata.normalize("NFKD", letter.casefold()):
        part = _BARE.get(part, part)
        if not unicodedata.combining(part[0]):
            out.append(part if part.isalnum() else " ")
    return "".join(out)


class _SortTable(dict[int, str]):
    def __missing__(self, code: int) -> str:
        letter = chr(code).lower()
        key = _PLACES.get(letter) or "".join(
            part if part.isascii() else f"~{ord(part):06x}" for part in _bare(letter)
        )
        self[code] = key
        return key


class _FoldTable(dict[int, str]):
    def __missing__(self, code: int) -> str:
        self[code] = _bare(chr(code))
        return self[code]


_SORT = _SortTable()
_FOLD = _FoldTable()


def sort_key(text: str) -> str:
    """An ASCII string whose byte order is the Finnish alphabetical order of `text` (SFS 4600 in its essentials).

    … z å ä ö; v and w are different letters; æ stands with ä, ø and ő with ö, ü and ű with y; other marks are ignored
    (é is e, š is s, đ is d, ŋ is n); case does not matter; a space or a hyphen sorts before every letter, so that
    "Mäki-Petäjä" comes before "Mäkinen"; apostrophes are silent; digits come before letters, other scripts after ö.
    """
    return " ".join(unicodedata.normalize("NFC", text).translate(_SORT).split())


def fold(text: str) -> str:
    """The text as a careless typist would search for it: lower case, no marks, single spaces.

    Both the stored word and the typed one go through this: "angstrom" finds Ängström and "nguyen" finds Nguyễn.
    """
    return " ".join(unicodedata.normalize("NFC", text).translate(_FOLD).split())
