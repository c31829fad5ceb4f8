"""What people see of a text: whether there is anything, its first letter, and it without what nobody sees."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

# Letters and symbols by their category, but nothing is drawn: fillers of Hangul, an empty Braille cell, a
# musical note without a head, the place of an object that dictation leaves behind.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffc\U0001d159")
# Format characters that are drawn: signs which enclose a number, mostly Arabic.
_DRAWN = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u0890\u0891\u08e2\U000110bd\U000110cd")
# Marks that are never drawn: they join letters, or choose the form of the one before them.
_MORE_FORMS = range(0xE0100, 0xE01F0)
_UNDRAWN_MARKS = frozenset(
    map(chr, (0x34F, 0x17B4, 0x17B5, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *_MORE_FORMS))
)
# Two of them are drawn as one flag.
_FLAG_LETTERS = frozenset(map(chr, range(0x1F1E6, 0x1F200)))
_NAMED_ADDRESS = re.compile(r"[^<>]*<(?P<address>[^<>]+)>[\s.,;]*")
_AROUND_ADDRESS = re.compile(r"^\s*(?:mailto:\s*)?|[\s.,;]+$", re.IGNORECASE)
_JOINER = "\N{ZERO WIDTH JOINER}"


def is_blank(text: str) -> bool:
    """Return whether nothing of a text can be seen: spaces, invisible characters, marks without a letter."""
    return not any(map(_is_visible, text))


def first_letter(text: str) -> str:
    """Return the first character people see, "R" of "(Ruth)": punctuation only where there is nothing else.

    It comes with its accents, an emoji with what it is joined of, a flag whole.
    """
    letters = _from_first_letter(text)
    letter = next(letters, "")
    for following in letters:
        is_flag = letter in _FLAG_LETTERS and following in _FLAG_LETTERS
        if following == _JOINER or letter.endswith(_JOINER) or is_flag or _is_attached(following):
            letter += following
        else:
            break
    return letter.rstrip(_JOINER)


def narrow(text: str) -> str:
    """Return an e-mail address typed on a Chinese or Japanese keyboard as other keyboards write it."""
    return unicodedata.normalize("NFKC", text).replace("\N{IDEOGRAPHIC FULL STOP}", ".")


def bare_address(text: str) -> str:
    """Return an e-mail address without what it is often copied with: "Ruth Levi <ruth@example.org>;".

    Other text, also one that is no address, stays as it is.
    """
    named = _NAMED_ADDRESS.fullmatch(text)
    return _AROUND_ADDRESS.sub("", named["address"] if named else text) if "@" in text else text


def without_invisible(text: str) -> str:
    """Return a text without the characters that nobody sees, wherever they stand. Spaces stay."""
    return "".join(letter for letter in text if letter.isspace() or not _is_undrawn(letter))


def without_nul(value: Any) -> Any:
    """Return a text without NUL: no database takes it, nobody sees it, and no page shows where it stands."""
    return value.replace("\0", "") if isinstance(value, str) else value


def validate_visible(value: object) -> None:
    """Refuse a text that would be an empty place on every page. Raises ValidationError."""
    if isinstance(value, str) and value and is_blank(value):
        raise ValidationError(_("There is nothing to see in this text."), code="invisible")


class VisibleTextField(forms.CharField):
    """One line of text; what nobody can see is nothing typed."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(without_nul(value))
        return self.empty_value if isinstance(text, str) and is_blank(text) else text


class AddressField(forms.EmailField):
    """An e-mail address as it was typed, without what came along when it was pasted."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = bare_address(without_invisible(narrow(value)))
        return super().to_python(value)


class NameField(models.CharField[str, str]):
    """A name in plain text that is not blank; enforced for forms, commands and queries."""

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        validate_visible(value)
        return super().get_db_prep_save(value, connection)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": VisibleTextField, **kwargs})

    def deconstruct(self) -> Any:
        """To the database it is an ordinary column."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


def _is_visible(letter: str) -> bool:
    if "!" <= letter <= "~":
        return True
    if letter in _BLANK:
        return False
    category = unicodedata.category(letter)
    if category == "Cf":
        return letter in _DRAWN
    if category == "Cn":
        return not _is_ignorable(ord(letter))
    return category[0] not in "ZM" and category not in ("Cc", "Cs")


def _is_undrawn(letter: str) -> bool:
    """Whether nothing is drawn for a character, also after a letter. An accent is drawn."""
    is_mark = unicodedata.category(letter)[0] == "M"
    return letter in _UNDRAWN_MARKS if is_mark else not _is_visible(letter)


def _is_ignorable(code: int) -> bool:
    """Whether an unassigned character is left out by fonts (Default_Ignorable_Code_Point), or is none."""
    is_noncharacter = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return is_noncharacter or code == 0x2065 or 0xFFF0 <= code <= 0xFFF8 or 0xE0000 <= code <= 0xE0FFF


def _is_attached(letter: str) -> bool:
    """Whether a character changes the one before it: an accent, the form or the skin of an emoji."""
    is_jamo = "\u1160" <= letter <= "\u11ff"  # the rest of a Korean syllable
    return unicodedata.category(letter)[0] == "M" or is_jamo or "\U0001f3fb" <= letter <= "\U0001f3ff"


def _from_first_letter(text: str) -> Iterator[str]:
    visible = [place for place, letter in enumerate(text) if _is_visible(letter)]
    spoken = (place for place in visible if unicodedata.category(text[place])[0] != "P")
    return iter(text[next(spoken, visible[0]) :] if visible else "")


# -- Normal forms: texts in the form they are compared in ----------------------------------------------------

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
    """A name as its words are compared: as normalise(), but a hyphen or a dot parts two words.

    A name of nothing but such marks ("-") stays as it is.
    """
    return " ".join(_fold(text, _WORDS).split()) or _marks(text)


def fold_lines(texts: Iterable[str]) -> list[str]:
    """fold_words() of many texts at once, each a line: one call where there would be thousands."""
    lines = [text.replace("\n", " ") for text in texts]
    folded = _fold("\n".join(lines), _WORDS).split("\n") if lines else []
    return [
        words if not line or words.strip() else _marks(line)
        for words, line in zip(folded, lines, strict=True)
    ]


def _marks(text: str) -> str:
    """Return a name without letters as one word."""
    return "".join(without_invisible(unicodedata.normalize("NFKC", text)).split())


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
