"""Finding a person by what somebody remembers of the name, without storing the name in plain text.

The caller opens the directory of one workspace and hands it over; nothing here keeps anything between calls.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, permutations
from typing import Protocol

import phonenumbers
from rapidfuzz import process
from rapidfuzz.distance import OSA, Indel

from pazpaz.encryption.phones import digits_of, normalise_phone
from pazpaz.encryption.regions import region_of

__all__ = [
    "Match",
    "Person",
    "near_equal",
    "normalise",
    "normalise_email",
    "normalise_phone",
    "rank",
    "region_of",
    "sort_key",
]

# -- Normal forms ------------------------------------------------------------------------------------------

# Quotation marks, primes and what takes the apostrophe's place elsewhere: okina, saltillo, geresh, gershayim.
_APOSTROPHES = (
    "'\"`\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u055a\u05f3\u05f4"
    "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2032\u2033\u2034\ua78c"
)
_NIQQUD = range(0x0591, 0x05C8)
_FINAL_LETTERS = dict(zip("ךםןףץ", "כמנפצ", strict=True))
# Letters that Unicode does not take apart into a base letter and a mark.
_LETTERS = dict(zip("øłđðħŧıæœþ", ["o", "l", "d", "d", "h", "t", "i", "ae", "oe", "th"], strict=True))


class _Folding(dict[int, str | None]):
    """What each character becomes: a table for str.translate() that fills itself."""

    def __init__(self, *, separators: str = "", hyphen: str | None = None) -> None:
        letters = _LETTERS | _FINAL_LETTERS | dict.fromkeys(separators, " ")
        super().__init__({ord(letter): replacement for letter, replacement in letters.items()})
        self.update(dict.fromkeys(map(ord, _APOSTROPHES)))
        self.update(dict.fromkeys(_NIQQUD))
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
    """One spelling for one mailbox: case folded, the domain in its ASCII form; dots and plus signs stay."""
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    text = "".join(letter for letter in text if unicodedata.category(letter) != "Cf").strip()
    mailbox, at, domain = text.rpartition("@")
    try:
        return mailbox + at + domain.encode("idna").decode("ascii") if at else text
    except UnicodeError:
        return text


def sort_key(last: str, first: str) -> tuple[str, str, str, str]:
    """The place of a name in a list: family name first; accents and case count only between equals."""
    return normalise(last), normalise(first), last, first


# -- Near words --------------------------------------------------------------------------------------------


def _slips_forgiven(length: int) -> int:
    return 0 if length < 3 else 1 if length < 7 else 2


def _distance(length: int) -> Callable[..., int]:
    """How slips are counted in a word of this length; two letters that changed places are one slip.

    In a word of three letters one may be missing or too many, but none may be another: Dan is not Ran.
    """
    return OSA.distance if length > 3 else Indel.distance


def _near(word_a: str, word_b: str) -> bool:
    shorter = min(len(word_a), len(word_b))
    return _distance(shorter)(word_a, word_b) <= _slips_forgiven(shorter)


def near_equal(name_a: str, name_b: str) -> bool:
    """Whether two whole names may be two spellings of one: slips, swapped order, a middle name left out."""
    fewer, more = sorted((_fold(name_a, _WORDS).split(), _fold(name_b, _WORDS).split()), key=len)
    if "".join(fewer) == "".join(more) != "":  # Ben David, Bendavid
        return True
    if not fewer or len(fewer) == 1 < len(more):  # a lone first name says too little
        return False
    # Five words are plenty for a name, and bound the number of orders to try.
    return any(all(map(_near, fewer[:5], order)) for order in permutations(more[:5], len(fewer[:5])))


# -- Ranking -----------------------------------------------------------------------------------------------

_EXACT, _PREFIX, _CONTACT_PREFIX, _FUZZY, _FUZZY_PREFIX, _INSIDE = 100, 90, 85, 80, 60, 40
_A_SLIP = 5

_LONGEST_QUERY = 100
_TYPED = re.compile(r"(?P<number>[+(]*\d[\d\s()+./\u2013-]*\d(?=[\s,;]|$))|[^\s,;]+")
_COUNTRY_CODES = frozenset(map(str, phonenumbers.COUNTRY_CODE_TO_REGION_CODE))


class Person(Protocol):
    """What a directory knows of somebody, already opened."""

    @property
    def first(self) -> str: ...
    @property
    def last(self) -> str: ...
    @property
    def email(self) -> str | None: ...
    @property
    def phone(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Match[P: Person]:
    """A person found; the better the match, the higher the score."""

    person: P
    score: int


def rank[P: Person](query: str, people: Iterable[P]) -> list[Match[P]]:
    """The people in whom every typed word is found, the likeliest first, equals by name.

    A word is found in a name (as its beginning, with a slip or two, inside it), an e-mail address or, from
    three digits on, a phone number.
    """
    terms = _terms(query)
    if not terms:
        return []
    directory = _Directory(people)
    scores = directory.find(terms[0])
    for term in terms[1:]:
        more = directory.find(term)
        scores = {position: scores[position] + more[position] for position in scores.keys() & more.keys()}
    matches = [Match(directory.people[position], scores[position]) for position in sorted(scores)]
    matches.sort(key=lambda match: (-match.score, *sort_key(match.person.last, match.person.first)))
    return matches


@dataclass(frozen=True, slots=True)
class _Term:
    """One typed word in the forms that names, addresses and numbers are compared in."""

    word: str
    address: str
    numbers: tuple[str, ...]
    is_last: bool  # probably still being typed


def _terms(query: str) -> list[_Term]:
    query = query[:_LONGEST_QUERY]
    terms = []
    for typed in _TYPED.finditer(query):
        text = typed[0]
        if any(map(str.isalnum, text)):
            term = _Term(
                word="" if "@" in text else "".join(_fold(text, _WORDS).split()),
                address=_fold_address(text),
                numbers=_numbers(text) if typed["number"] else (),
                is_last=typed.end() == len(query),
            )
            terms.append(term)
    return terms


class _Directory[P: Person]:
    """The people of one search, by their words; a word that many share is compared once."""

    def __init__(self, people: Iterable[P]) -> None:
        self.people = tuple(people)
        holders: defaultdict[str, list[int]] = defaultdict(list)
        for names in ([person.first for person in self.people], [person.last for person in self.people]):
            for position, name in enumerate(_fold_lines(names)):
                words = name.split()
                for word in words:
                    holders[word].append(position)
                if len(words) > 1:  # Anne-Marie is also Annemarie
                    holders["".join(words)].append(position)
        self._holders = dict(holders)
        self._words = tuple(holders)

    def find(self, term: _Term) -> dict[int, int]:
        """The best score of everybody in whom the term is found, by position."""
        best: dict[int, int] = {}
        for position, score in chain(self._by_name(term), self._by_address(term), self._by_number(term)):
            if score > best.get(position, 0):
                best[position] = score
        return best

    def _by_name(self, term: _Term) -> Iterator[tuple[int, int]]:
        for word, score in self._words_like(term).items():
            for position in self._holders[word]:
                yield position, score

    def _words_like(self, term: _Term) -> dict[str, int]:
        typed, length = term.word, len(term.word)
        found: dict[str, int] = {}
        if not typed:
            return found
        holding = [word for word in self._words if typed in word]
        # From the weakest kind of match to the strongest: the last one that applies stays.
        if length > 1:
            found |= dict.fromkeys(holding, _INSIDE)
        if term.is_last and length > 4:
            beginnings = [word[:length] for word in self._words]
            for position, _ in _similar(typed, beginnings, forgiven=1):
                found[self._words[position]] = _FUZZY_PREFIX
        for position, slips in _similar(typed, self._words, forgiven=_slips_forgiven(length)):
            found[self._words[position]] = _FUZZY - _A_SLIP * slips
        for word in holding:
            if word.startswith(typed):
                found[word] = _EXACT if word == typed else _PREFIX
        return found

    def _by_address(self, term: _Term) -> Iterator[tuple[int, int]]:
        typed = term.address
        if len(typed) < 3:
            return
        # A bare word means the mailbox: "gmail" or "com" would find everybody.
        whole = "@" in typed or "." in typed
        for position, address in enumerate(self._addresses):
            if typed in address and (whole or typed in address.partition("@")[0]):
                yield position, _CONTACT_PREFIX if address.startswith(typed) else _INSIDE

    def _by_number(self, term: _Term) -> Iterator[tuple[int, int]]:
        for typed in term.numbers:
            for position, numbers in enumerate(self._numbers):
                if typed in numbers:
                    yield position, _CONTACT_PREFIX if f" {typed}" in numbers else _INSIDE

    @cached_property
    def _addresses(self) -> list[str]:
        return [_fold_address(person.email or "") for person in self.people]

    @cached_property
    def _numbers(self) -> list[str]:
        return [f" {' '.join(_numbers(person.phone))}" if person.phone else "" for person in self.people]


def _similar(word: str, candidates: Sequence[str], *, forgiven: int) -> Iterable[tuple[int, int]]:
    """Position and number of slips of the candidates that differ by no more than what is forgiven."""
    if not forgiven:
        return ()
    scorer = _distance(len(word))
    found = process.extract(word, candidates, scorer=scorer, score_cutoff=forgiven, limit=None)
    return ((position, int(slips)) for _, slips, position in found)


def _fold_lines(texts: list[str]) -> list[str]:
    """All texts folded at once, a line each: one call where there would be thousands."""
    return _fold("\n".join(text.replace("\n", " ") for text in texts), _WORDS).split("\n")


def _fold_address(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _numbers(text: str) -> tuple[str, ...]:
    """A number as bare digits, and as dialled inside its country: +972 50 and (050) are the same."""
    digits = digits_of(text.replace("(0)", ""))
    if len(digits) < 3:
        return ()
    international = digits if "+" in text else digits.removeprefix("00")
    if "+" in text or international != digits:
        for length in (1, 2, 3):
            if international[:length] in _COUNTRY_CODES and len(international) - length > 2:
                return digits, "0" + international[length:]
    return (digits,)
