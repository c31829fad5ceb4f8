"""Telephone numbers as people type them: what is dialled, and which are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pazpaz.phones import e164_numbers, telephone_uri


@pytest.mark.parametrize(
    ("typed", "region", "uri"),
    [
        ("+49 (0)30 901820-55", "DE", "tel:+49-30-90182055"),
        ("+49 (0)30 901820-55", "US", "tel:+49-30-90182055"),
        ("+1 (0)212 555 0187", "DE", "tel:+1-212-555-0187"),
        ("+39 (0)6 6982", "DE", "tel:+39-06-6982"),
        ("030 901820", "DE", "tel:+49-30-901820"),
        ("0049 30 901820", "DE", "tel:+49-30-901820"),
        ("0049 30 901820", "US", "tel:+49-30-901820"),
        ("011 49 30 901820", "US", "tel:+49-30-901820"),
        ("tel:+49-30-901820;ext=5", "DE", "tel:+49-30-901820;ext=5"),
        ("TEL: 030 901820", "DE", "tel:+49-30-901820"),
        ("Mobil: 0179 1112223", "DE", "tel:+49-179-1112223"),
        ("030 7654321 (mobil)", "DE", "tel:+49-30-7654321"),
        ("030/7654321", "DE", "tel:+49-30-7654321"),
        ("030 / 7654321", "DE", "tel:+49-30-7654321"),
        ("501234567", "IL", "tel:+972-50-123-4567"),
        ("050-1234567", "IL", "tel:+972-50-123-4567"),
        ("\N{RIGHT-TO-LEFT MARK}050-1234567\N{RIGHT-TO-LEFT MARK}", "IL", "tel:+972-50-123-4567"),
        ("\N{LEFT-TO-RIGHT EMBEDDING}+49 30\N{POP DIRECTIONAL FORMATTING} 901820", "IL", "tel:+49-30-901820"),
        ("٠٥٠١٢٣٤٥٦٧", "IL", "tel:+972-50-123-4567"),
        ("０３０ ７６５４３２１", "DE", "tel:+49-30-7654321"),
        ("\N{FULLWIDTH PLUS SIGN}49 30 7654321", "DE", "tel:+49-30-7654321"),
        ("06 12 34 56 78", "FR", "tel:+33-6-12-34-56-78"),
        ("8 (495) 123-45-67", "RU", "tel:+7-495-123-45-67"),
        ("+49_30_7654321", "DE", "tel:+49-30-7654321"),
        ("030\N{MIDDLE DOT}7654321", "DE", "tel:+49-30-7654321"),
        ("030, 7654321", "DE", "tel:+49-30-7654321"),
        ("030: 7654321", "DE", "tel:+49-30-7654321"),
        ("++49 30 7654321", "DE", "tel:+49-30-7654321"),
        ("(0)20 7946 0958", "GB", "tel:+44-20-7946-0958"),
        ("972501234567", "IL", "tel:+972-50-123-4567"),
        ("0172-1234567 WhatsApp", "DE", "tel:+49-172-1234567"),
    ],
)
def test_a_number_is_dialled_as_its_country_dials_it(typed: str, region: str, uri: str) -> None:
    assert telephone_uri(typed, region) == uri


@pytest.mark.parametrize(
    ("typed", "region", "uri"),
    [
        ("(212) 555-0187 ext. 42", "US", "tel:+1-212-555-0187;ext=42"),
        ("(212) 555-0187 x42", "US", "tel:+1-212-555-0187;ext=42"),
        ("212.555.0187 #42", "US", "tel:+1-212-555-0187;ext=42"),
        ("212 555 0187, extension 42", "US", "tel:+1-212-555-0187;ext=42"),
        ("212 555 0187; ext=42", "US", "tel:+1-212-555-0187;ext=42"),
        ("030 901820 Durchwahl 55", "DE", "tel:+49-30-901820;ext=55"),
        ("050-1234567 שלוחה 12", "IL", "tel:+972-50-123-4567;ext=12"),
    ],
)
def test_an_extension_is_dialled_too(typed: str, region: str, uri: str) -> None:
    assert telephone_uri(typed, region) == uri


@pytest.mark.parametrize(
    ("typed", "region", "numbers"),
    [
        ("030 7654321 / 0179 1112223", "DE", ("+49307654321", "+491791112223")),
        ("030 12345 / 030 6789", "DE", ("+493012345", "+49306789")),
        ("030 12345 oder 0179 1112223", "DE", ("+493012345", "+491791112223")),
        ("030 12345 or 0179 1112223", "DE", ("+493012345", "+491791112223")),
        ("050-1234567, 03-5551234", "IL", ("+972501234567", "+97235551234")),
        ("050-1234567 או 03-5551234", "IL", ("+972501234567", "+97235551234")),
        ("0307654321 01791112223", "DE", ("+49307654321", "+491791112223")),
        ("030 7654321\n0179 1112223", "DE", ("+49307654321", "+491791112223")),
        ("0179-1112223 (Mutter) 030/7654321 (Vater)", "DE", ("+491791112223", "+49307654321")),
        ("212-555-0187/646-555-0133", "US", ("+12125550187", "+16465550133")),
        ("030 7654321 & 0179 1112223", "DE", ("+49307654321", "+491791112223")),
        ("030 7654321 + 0179 1112223", "DE", ("+49307654321", "+491791112223")),
        ("030 7654321 +49 179 1112223", "DE", ("+49307654321", "+491791112223")),
        ("030 7654321 0179 1112223", "DE", ("+49307654321", "+491791112223")),
        ("06 12 34 56 78 01 23 45 67 89", "FR", ("+33612345678", "+33123456789")),
        ("0 3 0 7 6 5 4 3 2 1", "DE", ("+49307654321",)),
        ("0179 1112223 seit 1.2.2024", "DE", ("+491791112223",)),
        ("030 7654321/22", "DE", ("+49307654321",)),
        ("030 7654321, +49 30 7654321", "DE", ("+49307654321",)),
    ],
)
def test_several_numbers_in_one_text_are_each_one(typed: str, region: str, numbers: tuple[str, ...]) -> None:
    assert e164_numbers(typed, region) == numbers


@pytest.mark.parametrize(
    ("typed", "region", "uri"),
    [
        ("*2700", "IL", "tel:*2700;phone-context=+972"),
        ("112", "DE", "tel:112;phone-context=+49"),
        ("555-0187", "US", "tel:5550187;phone-context=+1"),
        ("1-800-FLOWERS", "US", "tel:+1-800-356-9377"),
    ],
)
def test_short_and_spelled_numbers_are_dialled(typed: str, region: str, uri: str) -> None:
    assert telephone_uri(typed, region) == uri


@pytest.mark.parametrize("region", ["DE", "US", "IL", "ZZ"])
@pytest.mark.parametrize(
    "typed",
    ["", "none", "n/a", "-", "+", "+0000", "ask her mother", "42", "0", "00000", "9" * 60, "?", "(0)", "x"],
)
def test_what_is_not_a_number_is_not_dialled(typed: str, region: str) -> None:
    assert telephone_uri(typed, region) == ""
    assert e164_numbers(typed, region) == ()


@pytest.mark.parametrize(
    ("typed", "region"), [("12345", "DE"), ("1.2.1980", "DE"), ("12.03.1985", "DE"), ("05O-1234567", "IL")]
)
def test_what_lacks_the_zero_of_its_country_is_not_dialled_somewhere_else(typed: str, region: str) -> None:
    assert telephone_uri(typed, region) == ""
    assert e164_numbers(typed, region) == ()


def test_without_a_country_only_international_numbers_are_dialled() -> None:
    assert telephone_uri("+972 50 123 4567", "ZZ") == "tel:+972-50-123-4567"
    assert telephone_uri("050 123 4567", "ZZ") == telephone_uri("*2700", "ZZ") == ""


@given(st.text() | st.text(alphabet="0123456789+()-/;,* \u200fx"), st.sampled_from(["IL", "US", "DE", "ZZ"]))
def test_whatever_is_typed_the_address_is_harmless(text: str, region: str) -> None:
    uri = telephone_uri(text, region)
    assert uri == "" or (uri.startswith("tel:") and uri.isascii() and not set(uri) & set(" \"'<>&"))
