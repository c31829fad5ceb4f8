"""The order of names, and which names are near spellings of each other."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

from rapidfuzz.distance import OSA, Indel

from pazpaz.text import fold_words, normalise


def sort_key(last: str, first: str) -> tuple[str, str, str, str]:
    """The place of a name in a list: family name first; accents and case count only between equals.

    Who has one name stands where it belongs, whichever of the two it is.
    """
    if not last:
        last, first = first, ""
    return normalise(last), normalise(first), last, first


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
    return near_words(fold_words(name_a).split(), fold_words(name_b).split())


def near_words(words_a: list[str], words_b: list[str]) -> bool:
    """near_equal() of two names that are folded already. A lone mark beside a name does not count."""
    fewer, more = sorted((_telling(words_a), _telling(words_b)), key=len)
    if "".join(fewer) == "".join(more) != "":  # Ben David, Bendavid
        return True
    if not fewer or len(fewer) == 1 < len(more):  # a lone first name says too little
        return False
    # Five words are plenty for a name, and bound the number of orders to try.
    return any(all(map(_near, fewer[:5], order)) for order in permutations(more[:5], len(fewer[:5])))


def _telling(words: list[str]) -> list[str]:
    return [word for word in words if any(map(str.isalnum, word))] or words
