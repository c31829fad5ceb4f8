"""Telephone numbers as people type them: which numbers a text holds, and the one form each is compared in.

One meaning of "the same number" for the search, the duplicates and the blind index: the same E.164 number,
read as people dial it in the practice's country. The extension does not count.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, ValidationResult

# Between two numbers, whatever stands around them. A slash also stands within one: see _numbers_of_run().
_BETWEEN = re.compile(
    r"[,;|&\n\t]+(?!ext=)|(?<=[\d\s])\+(?=\s*\(?0)"
    r"|(?<!\w)(?:or|oder|od|and|und|ou|et|o|y|או|أو|или)(?!\w)\.?",
    re.IGNORECASE,
)
_EXTENSION_WORD = re.compile(
    r"(?<=[\d)])\s*[,;(]?\s*(?:ext|extension|extensión|durchwahl|nebenstelle|nst|apparat|app|dw|poste|interno"
    r"|anexo|שלוחה|שלוחת)\b[.:=]?\s*(\d{1,7})\b\)?",
    re.IGNORECASE,
)
_AFTER_NUMBER = re.compile(
    rf"{_EXTENSION_WORD.pattern}|(?<=\d)\s*(?:;ext=|x[.:]?|#)\s*\d{{1,7}}\b", re.IGNORECASE
)
_RUN = re.compile(
    r"[+(]*\d[\d\s()\[\]./+~\u2010-\u2015\u2212-]*\d(?:\s*[-,]?\s*(?:;ext=|ext[.:]?|x[.:]?|#)\s*\d{1,7}\b)?",
    re.IGNORECASE,
)
# An area code with a mark of its own after it: "030, 7654321".
_AREA = re.compile(r"(?<![\d+])(0\d{1,4})\s*(?:[,=']|:(?=\s))\s*(?=[1-9])")
_LIKE_SPACES = dict.fromkeys(map(ord, "_\u00b7\u2022"), " ")
_BEGINNING = re.compile(r"(?<=\d)\s+(?=\(?(?:0|\+\d))")
_STAR = re.compile(r"\*\s?\d{2,6}(?![\d-])")
_SCHEME = re.compile(r"^\s*(?:tel|callto|phone|sms)\s*[:.]\s*", re.IGNORECASE)
_SPELLED = re.compile(r"^[+(]*\d[\d\s().-]*[A-Z][A-Z\d\s.-]*$", re.IGNORECASE)
_PLAIN = re.compile(r"[+(\d][\d\s().-]*")
_LONGEST = 100


# A number as E.164 knows it, or the address of one that exists in its country alone: "tel:*2700;…".
type _Number = PhoneNumber | str


def e164_numbers(text: str | None, region: str) -> tuple[str, ...]:
    """The numbers in a text as E.164, in their order; those that only a neighbour could dial are left out.

    >>> e164_numbers("030 7654321 / 0179 1112223", "DE")
    ('+49307654321', '+491791112223')
    """
    numbers = [number for number in _numbers_in(text or "", region) if isinstance(number, PhoneNumber)]
    return tuple(dict.fromkeys(phonenumbers.format_number(n, PhoneNumberFormat.E164) for n in numbers))


def telephone_uri(text: str | None, region: str) -> str:
    """The first number of a text as an address to dial (RFC 3966), or "" where nobody could dial it.

    >>> telephone_uri("(212) 555-0187 ext. 42", "US")
    'tel:+1-212-555-0187;ext=42'
    """
    for number in _numbers_in(text or "", region):
        if isinstance(number, str):
            return number
        uri: str = phonenumbers.format_number(number, PhoneNumberFormat.RFC3966)
        return uri
    return ""


def normalise_phone(text: str, region: str) -> str:
    """The first number of a text as E.164, read as one dials it in that country; else its bare digits."""
    numbers = e164_numbers(text, region)
    return numbers[0] if numbers else digits_of(text)


def digits_of(text: str) -> str:
    """The digits of a text, in whatever script they are written, as ASCII."""
    digits = re.sub(r"\D", "", text)
    return digits if digits.isascii() else "".join(str(unicodedata.decimal(digit)) for digit in digits)


def plain(text: str) -> str:
    """A text with ASCII digits, without direction marks and without what wide forms add."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(letter)) if letter.isdecimal() else letter
        for letter in unicodedata.normalize("NFKC", text)
        if unicodedata.category(letter) != "Cf"
    )


def _numbers_in(text: str, region: str) -> Iterator[_Number]:
    text = _AREA.sub(r"\1 ", _SCHEME.sub("", plain(text[:_LONGEST])).translate(_LIKE_SPACES))
    if _PLAIN.fullmatch(text) and (number := _dialled(text, region)):
        yield number  # nearly every one
    elif any(map(str.isdigit, text)):
        for part in _BETWEEN.split(_EXTENSION_WORD.sub(r" ext. \1", text)):
            yield from _numbers_of_part(part, region) or _local_numbers(part, region)


def _numbers_of_part(part: str, region: str) -> list[PhoneNumber]:
    found = [number for run in _RUN.findall(part) for number in _numbers_of_run(run, region)]
    if not found and _SPELLED.match(part.strip()):  # 1-800-FLOWERS
        number = _parse(part, region)
        if number is not None and phonenumbers.is_valid_number(number):
            return [number]
    return found


def _numbers_of_run(run: str, region: str) -> list[PhoneNumber]:
    """One number, or several with slashes or a space between them: 030/7654321 is one, 030 7654321/22 two."""
    pieces = [_dialled(piece, region) for piece in run.split("/") if piece.strip()]
    if len(pieces) == 1 or not pieces[0] or not phonenumbers.is_valid_number(pieces[0]):
        whole = _dialled(run, region)
        if whole is not None:
            return [whole]
    apart = [piece for piece in pieces if piece]
    return apart or _numbers_side_by_side(run, region)


def _numbers_side_by_side(run: str, region: str) -> list[PhoneNumber]:
    """Numbers with nothing but a space between them, where each begins like one: 030 7654321 0179 1112223."""
    pieces = [_dialled(piece, region) for piece in _BEGINNING.split(run)]
    whole = [piece for piece in pieces if piece and phonenumbers.is_valid_number(piece)]
    if len(whole) == len(pieces) > 1:
        return whole
    return [match.number for match in phonenumbers.PhoneNumberMatcher(run, region)]


def _dialled(text: str, region: str) -> PhoneNumber | None:
    """The number, if it can be dialled so in that country: as written, without "(0)", with + for 00."""
    ways = [text]
    if "(0)" in text:
        ways.append(text.replace("(0)", ""))
    ways += ["+" + way.lstrip(" (")[2:] for way in tuple(ways) if way.lstrip(" (").startswith("00")]
    for way in ways:
        number = _parse(way, region)
        if number is None:
            continue
        # A zero that stayed is Italian, or the area code alone: "0179".
        zero = number.italian_leading_zero and not phonenumbers.is_valid_number(number)
        if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE or zero:
            continue
        if not _may_be_local(way, region) or phonenumbers.is_valid_number(number):
            return number
    return None


def _may_be_local(text: str, region: str) -> bool:
    """Whether a text has neither the country nor the zero before the area, and is too short to do without."""
    prefix, length = _dialling(region)
    digits = digits_of(text)
    return bool(prefix) and "+" not in text and not digits.startswith(prefix) and len(digits) < length


@cache
def _dialling(region: str) -> tuple[str, int]:
    """What stands before an area code in a country, "" where nothing need to; how long a mobile number is."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    mobile = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    prefix = metadata.national_prefix if metadata else None
    if not prefix or not mobile or mobile.country_code == 1:
        return "", 0
    return prefix, len(str(mobile.national_number))


def _parse(text: str, region: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def _local_numbers(part: str, region: str) -> list[str]:
    """Numbers that exist in the country alone: *2700, 112, 555-0187 in the same town."""
    country = phonenumbers.country_code_for_region(region)
    if not country:
        return []
    stars = [star.replace(" ", "") for star in _STAR.findall(part)]
    runs = [] if "*" in part else [digits_of(run) for run in _RUN.findall(part) if _is_local(run, region)]
    return [f"tel:{number};phone-context=+{country}" for number in stars + runs]


def _is_local(run: str, region: str) -> bool:
    number = _parse(run, region)
    if number is None:
        return False
    if phonenumbers.is_valid_short_number_for_region(number, region):
        return True
    reason = phonenumbers.is_possible_number_with_reason(number)
    return (
        reason == ValidationResult.IS_POSSIBLE_LOCAL_ONLY
        and len(digits_of(run)) > 4
        and not number.italian_leading_zero
    )


def without_extension(text: str) -> str:
    """A text without the extensions of its numbers, and without what says that a number follows."""
    text = _SCHEME.sub("", text)
    return _AFTER_NUMBER.sub("", text)
