"""What can be seen of a text."""

import pytest

from pazpaz.text import bare_address, first_letter, is_blank

BLANK = [
    "",
    "   ",
    "\t\r\n\x0b",
    "\x00\x1f\x7f\x85",
    "\u00a0\u2003\u3000\u1680\u202f\u205f",
    "\u2028\u2029",
    "\u200b",
    "\u200c\u200d",
    "\u200e\u200f\u061c\u202a\u202e\u2066\u2069",
    "\u2060\u2061\u2064\ufeff",
    "\u00ad",
    "\u034f",
    "\u115f\u1160",
    "\u17b4\u17b5",
    "\u180b\u180e\u180f",
    "\u2800",
    "\u3164",
    "\uffa0",
    "\ufe0f",
    "\U000e0100",
    "\U000e0041\U000e007f",
    "\U000e0fff",
    "\ufff9\ufffb",
    "\U0001d159\U0001d173",
    "\U00013430",
    "\u0301",
    "\u05b8 \u05bc",
    "\u20dd",
    "\u0940",
    "\ufffe\uffff\ufdd0",
    "\ud800",
    "\ufffc",
    " \u200b\u3164 \u2800\u0301\u00ad ",
]


@pytest.mark.parametrize("text", BLANK, ids=ascii)
def test_nothing_is_seen(text: str) -> None:
    assert is_blank(text)
    assert first_letter(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "-",
        "O",
        "é",
        "e\u0301",
        "王",
        "ירדן",
        "یاسمن\u200cرضا",
        "\u200fDana",
        "ᄀ",
        "\u0600",
        "👩\u200d⚕️",
        "🏳️\u200d🌈",
        "\u2801",
        "\ue000",
    ],
)
def test_something_is_seen(text: str) -> None:
    assert not is_blank(text)
    assert not is_blank(f"\u200b {text}\u3164")


# Default_Ignorable_Code_Point of Unicode 17, without the tags and variation selectors of one plane.
IGNORABLE = [
    *("00AD", "034F", "061C", "115F-1160", "17B4-17B5", "180B-180F", "200B-200F", "202A-202E", "2060-206F"),
    *("3164", "FE00-FE0F", "FEFF", "FFA0", "FFF0-FFF8", "1BCA0-1BCA3", "1D173-1D17A", "E0000-E0FFF"),
]


@pytest.mark.parametrize("codes", IGNORABLE)
def test_what_fonts_leave_out_is_not_seen(codes: str) -> None:
    first, _, last = codes.partition("-")
    letters = map(chr, range(int(first, 16), int(last or first, 16) + 1))
    assert [hex(ord(letter)) for letter in letters if not is_blank(letter)] == []


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("Dana", "D"),
        ("\u200f\u200bDana", "D"),
        ("e\u0301lodie", "e\u0301"),
        ("שָׁלוֹם", "שָׁ"),
        ("👩🏽\u200d⚕️ Dr", "👩🏽\u200d⚕️"),
        ("王伟", "王"),
        ("(Ruth)", "R"),
        ("’t Hooft", "t"),
        ("“1a”", "1"),
        ("-", "-"),
        ("😀 Ruth", "😀"),
        ("🇮🇱🇩🇪", "🇮🇱"),
        ("\u1100\u1175\u11b7", "\u1100\u1175\u11b7"),
        ("ab", "a"),
        ("a\u200db", "a\u200db"),
    ],
)
def test_the_first_letter_is_the_first_one_seen(text: str, letter: str) -> None:
    assert first_letter(text) == letter


@pytest.mark.parametrize(
    "copied",
    [
        "ruth@example.org",
        " ruth@example.org. ",
        "ruth@example.org,",
        "mailto:ruth@example.org",
        "Mailto: ruth@example.org;",
        "<ruth@example.org>",
        "Ruth Levi <ruth@example.org>",
        '"Levi, Ruth" <mailto:ruth@example.org>, ',
    ],
)
def test_an_address_is_taken_out_of_what_it_is_copied_with(copied: str) -> None:
    assert bare_address(copied) == "ruth@example.org"


@pytest.mark.parametrize("text", ["", "mailto:", "<>", "Ruth <Levi>", "none.", "a@b <c"])
def test_what_is_no_address_stays_as_it_is(text: str) -> None:
    assert bare_address(text) == text
