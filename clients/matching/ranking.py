"""Finds people by a misspelt or partial name, without storing names in plain text.

The caller opens the directory of one workspace and hands it over; nothing here keeps anything between calls.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

import phonenumbers
from phonenumbers import PhoneNumberFormat
from rapidfuzz import process
from rapidfuzz.distance import OSA

from clients.matching.names import distance_for, near_words, slips_forgiven, sort_key
from pazpaz.countries import UNKNOWN
from pazpaz.phones import (
    digits_of,
    e164_numbers,
    normalise_phone,
    without_extension,
)
from pazpaz.text import bare_address, fold_address, fold_lines, fold_words

_EXACT, _PREFIX, _CONTACT_PREFIX, _FUZZY, _FUZZY_PREFIX, _INSIDE = 100, 90, 85, 80, 60, 40
_A_SLIP = 5
# As many letters tell a beginning of two names written as one from chance; where a letter is a syllable, two.
_RUN_ON = 4
_SYLLABLES = re.compile(r"[\u1100-\u11ff\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff]")

_LONGEST_QUERY = 100
_TYPED = re.compile(r"(?P<number>[+(*]*\d[\d\s()+./\u2013-]*\d(?=[\s,;]|$))|[^\s,;]+")
_AROUND_ADDRESS = "<>()[]\"':."
_COUNTRY_CODES = frozenset(map(str, phonenumbers.COUNTRY_CODE_TO_REGION_CODE))


class Person(Protocol):
    """The opened values of one person in a directory."""

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


class Lines(NamedTuple):
    """A directory in the forms that are compared, a line for each person in the order of their names.

    A line of `numbers` holds every number as E.164 ("+49…"), or the bare digits where nobody could dial it
    ("=…"), and the other ways to type it, with a space around each.
    """

    firsts: list[str]
    lasts: list[str]
    addresses: list[str]
    numbers: list[str]


def lines_of(people: Iterable[Person], region: str) -> Lines:
    """Fold people, who come in the order of their names; local numbers are read in that country."""
    people = tuple(people)
    return Lines(
        fold_lines(person.first for person in people),
        fold_lines(person.last for person in people),
        [fold_address(person.email or "").replace("\n", " ") for person in people],
        [number_line(person.phone, region) for person in people],
    )


def number_line(text: str | None, region: str) -> str:
    """Return one line of `Lines.numbers`."""
    if not text:
        return ""
    whole = e164_numbers(text, region)
    forms = list(whole) or [f"={normalise_phone(text, region)}"]
    for number in whole:
        parsed = phonenumbers.parse(number)
        forms.append(digits_of(phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL)))
    forms += _numbers(text, region)
    return f" {' '.join(dict.fromkeys(forms))} "


def rank[P: Person](query: str, people: Iterable[P], region: str = UNKNOWN) -> list[Match[P]]:
    """The people in whom every typed word is found, the likeliest first, equals by name.

    A word is found in a name (as its beginning, with a slip or two, inside it), an e-mail address or, from
    three digits on, a phone number.
    """
    ordered = sorted(people, key=lambda person: sort_key(person.last, person.first))
    scores = Index(lines_of(ordered, region)).find(query, region)
    matches = [Match(ordered[position], score) for position, score in sorted(scores.items())]
    matches.sort(key=lambda match: -match.score)
    return matches


@dataclass(frozen=True, slots=True)
class _Term:
    """One typed word in the forms that names, addresses and numbers are compared in."""

    word: str
    address: str
    numbers: tuple[str, ...]
    is_last: bool  # probably still being typed


def _terms(query: str, region: str) -> list[_Term]:
    query = without_extension(bare_address(query[:_LONGEST_QUERY]))
    terms = []
    # "Ruth & Dan" is two words; of a name without a letter every character counts.
    counts = str.isalnum if any(map(str.isalnum, query)) else str.isprintable
    for typed in _TYPED.finditer(query):
        text = typed[0]
        if any(map(counts, text)):
            number = typed["number"]
            whole = tuple(number.removeprefix("+") for number in e164_numbers(number, region))
            term = _Term(
                word="" if "@" in text and any(map(str.isalnum, text)) else fold_words(text).replace(" ", ""),
                address=fold_address(text).strip(_AROUND_ADDRESS),
                numbers=tuple(dict.fromkeys((*_numbers(number, region), *whole))) if number else (),
                is_last=typed.end() == len(query),
            )
            terms.append(term)
    return terms


class Index:
    """The people of one directory, by their words; a word that many share is compared once."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        holders: defaultdict[str, list[int]] = defaultdict(list)
        for names in (lines.firsts, lines.lasts):
            for position, name in enumerate(names):
                words = name.split()
                for word in words:
                    holders[word].append(position)
                if len(words) > 1:  # Anne-Marie is also Annemarie
                    holders["".join(words)].append(position)
        self._holders = dict(holders)
        self._words = tuple(holders)

    def find(self, query: str, region: str) -> dict[int, int]:
        """The score of everybody in whom every typed word is found, by their place in the directory."""
        terms = _terms(query, region)
        if not terms:
            return {}
        scores = self._find(terms[0])
        for term in terms[1:]:
            more = self._find(term)
            scores = {position: scores[position] + more[position] for position in scores.keys() & more.keys()}
        if len(terms) > 1 and all(term.word for term in terms):
            # 王 伟 where 王伟 is one name, O Brien.
            whole = "".join(term.word for term in terms)
            for position in self._holders.get(whole, ()):
                scores[position] = _EXACT * len(terms)
        return scores

    def near(self, name: str) -> list[int]:
        """The places of those whose name is a near spelling of this one; see near_equal()."""
        typed = fold_words(name).split()
        whole = "".join(typed)
        if not whole:
            return []
        # All that near_words() forgives: two slips in one of the words, or where the words are parted.
        places = {place for place, runs in enumerate(self._run_on) if whole in runs}
        for word in typed:
            for place, _ in _similar(word, self._words, scorer=OSA.distance, forgiven=2):
                places.update(self._holders[self._words[place]])
        return [
            place
            for place in sorted(places)
            if near_words(typed, f"{self._lines.firsts[place]} {self._lines.lasts[place]}".split())
        ]

    def with_number(self, text: str | None, region: str) -> list[int]:
        """The places of those who have one of the numbers in a text, however it is written."""
        if not text:
            return []
        bare = normalise_phone(text, region)
        wanted = [f" {number} " for number in e164_numbers(text, region)] or ([f" ={bare} "] if bare else [])
        return [
            place
            for place, line in enumerate(self._lines.numbers)
            if any(number in line for number in wanted)
        ]

    def _find(self, term: _Term) -> dict[int, int]:
        """The best score of everybody in whom the term is found, by position."""
        best: dict[int, int] = {}
        ways = (self._by_name, self._by_run_on, self._by_address, self._by_number)
        for position, score in (found for way in ways for found in way(term)):
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
            for position, _ in _similar(typed, beginnings, scorer=distance_for(length), forgiven=1):
                found[self._words[position]] = _FUZZY_PREFIX
        for position, slips in _similar(
            typed, self._words, scorer=distance_for(length), forgiven=slips_forgiven(length)
        ):
            found[self._words[position]] = _FUZZY - _A_SLIP * slips
        for word in holding:
            if word.startswith(typed):
                found[word] = _EXACT if word == typed else _PREFIX
        return found

    def _by_run_on(self, term: _Term) -> Iterator[tuple[int, int]]:
        """Names written without a space between them, in either order: 王伟, vanderberg, levidana."""
        typed = term.word
        if len(typed) < (2 if _SYLLABLES.search(typed) else _RUN_ON):
            return
        for position, runs in enumerate(self._run_on):
            if typed in runs and (score := self._score_run_on(typed, position)):
                yield position, score

    def _score_run_on(self, typed: str, position: int) -> int:
        first, last = self._lines.firsts[position].split(), self._lines.lasts[position].split()
        best = 0
        for words in ((first + last), (last + first)):
            for start in range(len(words)):
                run = "".join(words[start:])
                if run == typed:
                    return _EXACT
                if run.startswith(typed):
                    best = _PREFIX
        return best

    @cached_property
    def _run_on(self) -> list[str]:
        return [
            f"{first}{last} {last}{first}".replace(" ", "")
            if " " in first + last
            else f"{first}{last}{first}"
            for first, last in zip(self._lines.firsts, self._lines.lasts, strict=True)
        ]

    def _by_address(self, term: _Term) -> Iterator[tuple[int, int]]:
        typed = term.address
        if len(typed) < 3:
            return
        # A bare word means the mailbox: "gmail" or "com" would find everybody.
        whole = "@" in typed or "." in typed
        for position, address in enumerate(self._lines.addresses):
            if typed in address and (whole or typed in address.partition("@")[0]):
                yield position, _CONTACT_PREFIX if address.startswith(typed) else _INSIDE

    def _by_number(self, term: _Term) -> Iterator[tuple[int, int]]:
        for typed in term.numbers:
            for position, line in enumerate(self._lines.numbers):
                if typed in line:
                    begins = any(f"{mark}{typed}" in line for mark in " +=")
                    yield position, _CONTACT_PREFIX if begins else _INSIDE


def _similar(
    word: str, candidates: Sequence[str], *, scorer: Callable[..., int], forgiven: int
) -> Iterable[tuple[int, int]]:
    """Position and number of slips of the candidates that differ by no more than what is forgiven."""
    if not forgiven:
        return ()
    found = process.extract(word, candidates, scorer=scorer, score_cutoff=forgiven, limit=None)
    return ((position, int(slips)) for _, slips, position in found)


def _numbers(text: str, region: str) -> tuple[str, ...]:
    """A number, or the beginning of one, as bare digits; with 00 for + also as E.164 begins.

    Where nobody knows the country, also as it is dialled inside its own: +972 50 and (050) are the same.
    """
    digits = digits_of(text.replace("(0)", ""))
    if len(digits) < 3:
        return ()
    international = digits if "+" in text else digits.removeprefix("00")
    forms = [digits, international] if len(international) > 2 else [digits]
    if region == UNKNOWN and ("+" in text or international != digits):
        for length in (1, 2, 3):
            if international[:length] in _COUNTRY_CODES and len(international) - length > 2:
                forms = [digits, "0" + international[length:]]
                break
    return tuple(dict.fromkeys(forms))
