"""Names, addresses and numbers in the forms they are compared in, and which names are near each other.

How a directory is searched by them stands in `ranking.py`; nothing here keeps anything between calls.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from itertools import permutations

from rapidfuzz.distance import OSA, Indel

from pazpaz.encryption.phones import normalise_phone
from pazpaz.encryption.regions import region_of
from pazpaz.text import bare_address, narrow, without_invisible

__all__ = [
    "near_equal",
    "normalise",
    "normalise_email",
    "normalise_phone",
    "region_of",
    "sort_key",
]

# -- Normal forms ------------------------------------------------------------------------------------------

# Quotation marks, primes and what takes the apostrophe's place elsewhere: okina, saltillo, geresh, gershayim.
_ASCII_LABEL = re.compile(r"xn--[a-z0-9-]+")
_APOSTROPHES = (
    "'\"`\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u055a\u05f3\u05f4"
    "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2032\u2033\u2034\ua78c"
)
_NIQQUD = range(0x0591, 0x05C8)
_KATAKANA = range(0x30A1, 0x30F7)
_TO_HIRAGANA = -0x60
# Letters that Arabic, Persian and Urdu keyboards write differently; the kashida only makes a word longer.
_ARABIC = dict(zip("\u06cc\u0649\u06a9\u0629", "\u064a\u064a\u0643\u0647", strict=True))
_KASHIDA = "\u0640"
_FINAL_LETTERS = dict(zip("ךםןףץ", "כמנפצ", strict=True))
# Letters that Unicode does not take apart into a base letter and a mark.
_LETTERS = dict(zip("øłđðħŧıæœþ", ["o", "l", "d", "d", "h", "t", "i", "ae", "oe", "th"], strict=True))


class _Folding(dict[int, str | None]):
    """What each character becomes: a table for str.translate() that fills itself."""

    def __init__(self, *, separators: str = "", hyphen: str | None = None) -> None:
        letters = _LETTERS | _FINAL_LETTERS | _ARABIC | dict.fromkeys(separators, " ")
        super().__init__({ord(letter): replacement for letter, replacement in letters.items()})
        self.update(dict.fromkeys(map(ord, _APOSTROPHES + _KASHIDA)))
        self.update(dict.fromkeys(_NIQQUD))
        self.update({code: chr(code + _TO_HIRAGANA) for code in _KATAKANA})
        self[ord("\N{MINUS SIGN}")] = hyphen
        self._hyphen = hyphen

    def __missing__(self, code: int) -> str | None:
        letter = chr(code)
        category = unicodedata.category(letter)
        if category == "Pd":
            replacement = self._hyphen
        elif category == "Cf" or unicodedata.combining(letter):  # direction marks and joiners; accents
            replacement = None
        else:
            replacement = letter
        if code < 0x10000:  # a bound: nobody can grow the table without end
            self[code] = replacement
        return replacement


_WHOLE = _Folding()
_WORDS = _Folding(hyphen=" ", separators=",;.()/")


def fold_words(text: str) -> str:
    """A name as its words are compared: as normalise(), but a hyphen or a dot parts two words."""
    return " ".join(_fold(text, _WORDS).split())


def fold_lines(texts: Iterable[str]) -> list[str]:
    """fold_words() of many texts at once, each a line: one call where there would be thousands."""
    lines = [text.replace("\n", " ") for text in texts]
    return _fold("\n".join(lines), _WORDS).split("\n") if lines else []


def fold_address(text: str) -> str:
    """An e-mail address as it is compared while one types; see normalise_email() for a whole one."""
    text = without_invisible(narrow(text).casefold())
    if "xn--" in text:
        text = _ASCII_LABEL.sub(lambda label: _in_letters(label[0]), text)
    return unicodedata.normalize("NFC", text)


def _in_letters(label: str) -> str:
    """A part of a domain as people read it: "xn--mller-kva" is "müller"."""
    try:
        return label.encode().decode("idna")
    except UnicodeError:
        return label


def _fold(text: str, folding: _Folding) -> str:
    text = unicodedata.normalize("NFKC", text).casefold()
    # NFKC has taken the free-standing acute apart, which people type as an apostrophe.
    text = text.replace(" \N{COMBINING ACUTE ACCENT}", "'")
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKD", text).translate(folding))


def normalise(text: str) -> str:
    """What stays of a text when case, accents, niqqud, final letters, apostrophes and hyphens do not count.

    >>> normalise("Siobhán  O'Brien-Løvdal")
    'siobhan obrienlovdal'
    """
    return " ".join(_fold(text, _WHOLE).split())


def normalise_email(text: str) -> str:
    """One spelling for one mailbox, of clients and of people who sign in alike.

    Case is folded, the domain takes its ASCII form, and nothing invisible stays; dots and plus signs do.
    """
    text = without_invisible(unicodedata.normalize("NFKC", text))
    text = without_invisible(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()))
    text = bare_address(unicodedata.normalize("NFKC", text).strip())
    mailbox, at, domain = text.rpartition("@")
    try:
        return mailbox + at + domain.encode("idna").decode("ascii") if at else text
    except UnicodeError:
        return text


def sort_key(last: str, first: str) -> tuple[str, str, str, str]:
    """The place of a name in a list: family name first; accents and case count only between equals.

    Who has one name stands where it belongs, whichever of the two it is.
    """
    if not last:
        last, first = first, ""
    return normalise(last), normalise(first), last, first


# -- Near words --------------------------------------------------------------------------------------------


def slips_forgiven(length: int) -> int:
    return 0 if length < 3 else 1 if length < 7 else 2


def distance_for(length: int) -> Callable[..., int]:
    """How slips are counted in a word of this length; two letters that changed places are one slip.

    In a word of three letters one may be missing or too many, but none may be another: Dan is not Ran.
    """
    return OSA.distance if length > 3 else Indel.distance


def _near(word_a: str, word_b: str) -> bool:
    shorter = min(len(word_a), len(word_b))
    return distance_for(shorter)(word_a, word_b) <= slips_forgiven(shorter)


def near_equal(name_a: str, name_b: str) -> bool:
    """Whether two whole names may be two spellings of one: slips, swapped order, a middle name left out."""
    return near_words(_fold(name_a, _WORDS).split(), _fold(name_b, _WORDS).split())


def near_words(words_a: list[str], words_b: list[str]) -> bool:
    """near_equal() of two names that are folded already."""
    fewer, more = sorted((words_a, words_b), key=len)
    if "".join(fewer) == "".join(more) != "":  # Ben David, Bendavid
        return True
    if not fewer or len(fewer) == 1 < len(more):  # a lone first name says too little
        return False
    # Five words are plenty for a name, and bound the number of orders to try.
    return any(all(map(_near, fewer[:5], order)) for order in permutations(more[:5], len(fewer[:5])))
