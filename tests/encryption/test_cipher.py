"""Tokens: what they look like, what they are bound to, and everything that must not open."""

import base64
import struct
from uuid import UUID, uuid4

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from pazpaz.encryption import cipher

KEY = bytes(range(32))
AEAD = AESGCM(KEY)
LABEL = "client.first_name"
WORKSPACE = UUID("11111111-2222-4333-8444-555555555555")
ROW = UUID("66666666-7777-4888-9999-aaaaaaaaaaaa")
HERE = cipher.associated_data(1, LABEL, WORKSPACE, ROW)
# Made with nothing but struct, base64 and AES-GCM: key 00…1f, nonce 00…0b.
VECTOR = "v1:AAECAwQFBgcICQoL:HmOzd+UyWcwZlggLsel4bYPWhzTwe198OGflhR1pALJEX/KM09RChEiQ/UDnpkk7"

places = st.tuples(st.integers(1, 999_999), st.text(max_size=40), st.uuids(), st.uuids())


def sealed(plaintext: bytes, bound_to: bytes = HERE) -> str:
    return cipher.seal(AEAD, 1, bound_to, plaintext)


def opened(text: object, bound_to: bytes = HERE, aead: AESGCM = AEAD) -> bytes:
    return cipher.open_token(aead, cipher.parse(text), bound_to)


def associated_data_of(token: str) -> bytes:
    return cipher.associated_data(cipher.generation_of(token), LABEL, WORKSPACE, ROW)


def with_generation(token: str, text: str) -> str:
    return token.replace("v1:", f"{text}:", 1)


@given(st.binary(max_size=2000))
def test_every_value_comes_back(plaintext: bytes) -> None:
    assert opened(sealed(plaintext)) == plaintext


@pytest.mark.parametrize(
    "text", ["", "\x00", "🌊" * 25_000, "שלום\u200f עולם", "x" * 100_000, "\x80", "a\x80\x00"]
)
def test_awkward_texts_come_back(text: str) -> None:
    assert opened(sealed(text.encode())).decode() == text


def test_the_known_vector_opens_and_is_what_we_would_write(monkeypatch: pytest.MonkeyPatch) -> None:
    assert opened(VECTOR).decode() == "Yael כהן"
    monkeypatch.setattr("pazpaz.encryption.cipher.os.urandom", lambda n: bytes(range(n)))
    assert sealed("Yael כהן".encode()) == VECTOR


def test_the_associated_data_is_laid_out_as_documented() -> None:
    assert struct.pack(">B3sIH", 3, b"PZ1", 1, 17) + LABEL.encode() + WORKSPACE.bytes + ROW.bytes == HERE


@given(places, places)
def test_different_places_have_different_associated_data(
    one: tuple[int, str, UUID, UUID], other: tuple[int, str, UUID, UUID]
) -> None:
    assert (cipher.associated_data(*one) == cipher.associated_data(*other)) == (one == other)


def test_one_value_sealed_twice_gives_two_tokens_that_share_nothing() -> None:
    one, other = sealed(b"Yael").split(":"), sealed(b"Yael").split(":")
    assert one[1] != other[1]
    assert one[2] != other[2]


def test_no_nonce_repeats_in_a_hundred_thousand_seals() -> None:
    assert len({sealed(b"")[3:19] for _ in range(100_000)}) == 100_000


def test_every_single_flipped_bit_is_noticed() -> None:
    version, nonce, body = sealed(b"Yael").split(":")
    for part, other in ((nonce, body), (body, nonce)):
        data = base64.b64decode(part)
        for bit in range(len(data) * 8):
            flipped = bytearray(data)
            flipped[bit // 8] ^= 1 << bit % 8
            text = base64.b64encode(flipped).decode()
            parts = (version, text, other) if part is nonce else (version, other, text)
            with pytest.raises(InvalidTag):
                opened(":".join(parts))


def test_every_other_character_in_any_position_is_noticed() -> None:
    token = sealed(b"Yael")
    for position, was in enumerate(token):
        for character in "A/+=:v19 ":
            if character != was:
                altered = token[:position] + character + token[position + 1 :]
                with pytest.raises((InvalidTag, ValueError)):
                    opened(altered, associated_data_of(altered))


@pytest.mark.parametrize("kept", range(16))
def test_a_truncated_tag_does_not_open(kept: int) -> None:
    version, nonce, body = sealed(b"Yael").split(":")
    short = base64.b64encode(base64.b64decode(body)[: 32 + kept]).decode()
    with pytest.raises((InvalidTag, ValueError)):
        opened(f"{version}:{nonce}:{short}")


@pytest.mark.parametrize(
    "elsewhere",
    [
        cipher.associated_data(1, "client.last_name", WORKSPACE, ROW),
        cipher.associated_data(1, LABEL, WORKSPACE, uuid4()),
        cipher.associated_data(1, LABEL, uuid4(), ROW),
        cipher.associated_data(2, LABEL, WORKSPACE, ROW),
        cipher.associated_data(1, LABEL, ROW, WORKSPACE),
        b"",
    ],
    ids=["column", "row", "workspace", "generation", "row and workspace swapped", "no place at all"],
)
def test_a_token_does_not_open_elsewhere(elsewhere: bytes) -> None:
    with pytest.raises(InvalidTag):
        opened(sealed(b"Yael"), elsewhere)


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(InvalidTag):
        opened(sealed(b"Yael"), aead=AESGCM(bytes(32)))


@pytest.mark.parametrize(
    "version",
    ["v0", "v01", "v１", "v١", "v-1", "v+1", "v 1", "v1_0", "v1000000", "v", "", "1", "V1", "vv1", " v1"],
)
def test_a_version_nobody_writes_is_no_generation(version: str) -> None:
    with pytest.raises(ValueError, match="not a generation"):
        cipher.generation_of(with_generation(VECTOR, version))


@pytest.mark.parametrize(
    "text",
    [
        VECTOR + "\n",
        VECTOR.replace(":", ": "),
        VECTOR + ":",
        VECTOR + "=",
        VECTOR[:-1],
        VECTOR + ":AAAA",
        VECTOR.replace("/", "_").replace("+", "-"),
        VECTOR.replace("AAEC", "AA\nEC"),
        "v1:AAECAwQFBgcICQoL:",
        "v1::",
        "v1:AAECAwQFBgcICQoL:AAAA",
        "Yael",
        "",
        None,
        b"v1:AAECAwQFBgcICQoL:AAAA",
        7,
    ],
)  # fmt: skip
def test_only_the_canonical_form_is_a_token(text: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        opened(text)


def test_base64_with_unused_bits_set_is_no_token() -> None:
    token = next(t for t in iter(lambda: sealed(b"x" * 40), None) if t.endswith("="))
    bare = token.rstrip("=")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    twin = bare[:-1] + alphabet[alphabet.index(bare[-1]) + 1] + token[len(bare) :]
    assert base64.b64decode(twin.split(":")[2]) == base64.b64decode(token.split(":")[2])
    with pytest.raises(ValueError, match="canonical"):
        opened(twin)


def test_lengths_of_up_to_31_bytes_look_alike() -> None:
    assert len({len(sealed(b"x" * n)) for n in range(32)}) == 1
    assert len(sealed(b"x" * 32)) > len(sealed(b"x" * 31))


@pytest.mark.parametrize(
    "padded",
    [
        b"",
        bytes(32),
        b"x" * 32,
        b"\x80" + bytes(63),
        b"x" * 31 + b"\x81",
        b"\x80" + bytes(30),
        b"\x80" + bytes(32),
    ],
)
def test_bad_padding_does_not_open(padded: bytes) -> None:
    nonce = bytes(12)
    body = base64.b64encode(AEAD.encrypt(nonce, padded, HERE)).decode()
    with pytest.raises((InvalidTag, ValueError)):
        opened(f"v1:{base64.b64encode(nonce).decode()}:{body}")


@given(st.binary(max_size=300), st.integers(1, 999_999))
def test_the_length_of_a_token_is_known_beforehand(plaintext: bytes, generation: int) -> None:
    token = cipher.seal(AEAD, generation, HERE, plaintext)
    assert cipher.calculate_encrypted_length(len(plaintext), generation) == len(token)


def test_the_generation_is_read_without_opening() -> None:
    assert cipher.generation_of("v17:x:y") == 17
