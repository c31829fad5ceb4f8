"""Tokens: the text form of one encrypted value, with authenticated context.

    v<generation>:<nonce, base64>:<ciphertext and tag, base64>

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce; standard base64 with padding (RFC 4648 §4),
canonical only; plaintext padded to multiples of 32 bytes (ISO/IEC 7816-4), which hides its exact length. The
associated data names the generation, column, workspace and row. It is authenticated and not stored: a token
copied to another row, column or workspace fails to decrypt.
"""

from __future__ import annotations

import os
from binascii import a2b_base64, b2a_base64
from typing import Protocol
from uuid import UUID

SCHEME = b"PZ1"
PAD_STEP = 32
NONCE_BYTES = 12
TAG_BYTES = 16

# PostgreSQL's half of the format: the CHECK on every encrypted column.
TOKEN_PATTERN = "^v[1-9][0-9]{0,5}:[A-Za-z0-9+/]{16}:[A-Za-z0-9+/]+={0,2}$"

# The last character before the padding has its unused bits at zero, or two texts would mean the same bytes.
_CANONICAL_LAST = {1: frozenset("AEIMQUYcgkosw048"), 2: frozenset("AQgw")}


class Cipher(Protocol):
    """The two methods of AESGCM that this module calls."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


# A parsed token: `v` and the generation, the nonce, the ciphertext with its tag.
type Token = tuple[str, bytes, bytes]


def associated_data(generation: int, label: str, workspace_id: UUID, row_id: UUID) -> bytes:
    """Return the associated data of a value: no two values of different rows or columns share it.

    Every part is length-prefixed (one byte for the scheme, two for the label) or of fixed width (generation:
    four bytes, big-endian; ids: 16 bytes), so the encoding is injective.
    """
    return associated_data_prefix(generation, label, workspace_id) + row_id.bytes


def associated_data_prefix(generation: int, label: str, workspace_id: UUID) -> bytes:
    """Return the part of the associated data that is the same for all rows of a column in a workspace."""
    name = label.encode()
    return b"".join(
        (
            bytes((len(SCHEME),)),
            SCHEME,
            generation.to_bytes(4, "big"),
            len(name).to_bytes(2, "big"),
            name,
            workspace_id.bytes,
        )
    )


def pad(data: bytes) -> bytes:
    """Return data with 0x80 and zeros appended up to the next multiple of 32 bytes (ISO/IEC 7816-4)."""
    return data + b"\x80" + bytes(-(len(data) + 1) % PAD_STEP)


def unpad(data: bytes) -> bytes:
    """Undo pad(). Raises ValueError when the padding is not what pad() writes."""
    bare = data.rstrip(b"\x00")
    length = len(data)
    if length % PAD_STEP or length - len(bare) >= PAD_STEP or bare[-1:] != b"\x80":
        raise ValueError("bad padding")
    return bare[:-1]


def calculate_encrypted_length(plaintext_bytes: int, generation: int = 1) -> int:
    """Return the exact length in characters of a token for that many bytes of NFC UTF-8 plaintext."""
    padded = (plaintext_bytes // PAD_STEP + 1) * PAD_STEP
    return len(f"v{generation}:") + 16 + 1 + 4 * -(-(padded + TAG_BYTES) // 3)


def seal(cipher: Cipher, generation: int, context: bytes, plaintext: bytes) -> str:
    """Return the token of a value under a fresh random nonce."""
    nonce = os.urandom(NONCE_BYTES)
    sealed = cipher.encrypt(nonce, pad(plaintext), context)
    return f"v{generation}:{_encode(nonce)}:{_encode(sealed)}"


def parse(text: object) -> Token:
    """Split a token. Raises ValueError for anything that seal() could not have written."""
    if not isinstance(text, str):
        raise ValueError("not a token")
    head, nonce_text, sealed_text = text.split(":")
    if len(nonce_text) != 16:
        raise ValueError("not a nonce")
    nonce = a2b_base64(nonce_text, strict_mode=True)
    sealed = a2b_base64(sealed_text, strict_mode=True)
    if sealed_text.endswith("=") and not _is_canonical(sealed_text):
        raise ValueError("not canonical base64")
    if len(sealed) < PAD_STEP + TAG_BYTES:
        raise ValueError("too short")
    return head, nonce, sealed


def open_token(cipher: Cipher, token: Token, context: bytes) -> bytes:
    """Return the plaintext bytes. Raises InvalidTag or ValueError when it is not what was sealed."""
    _head, nonce, sealed = token
    return unpad(cipher.decrypt(nonce, sealed, context))


def generation_of(text: str) -> int:
    """Return the generation a token names, without opening it. Raises ValueError when it names none."""
    head = text.partition(":")[0]
    digits = head[1:]
    if head[:1] != "v" or not (digits.isascii() and digits.isdigit()) or digits[0] == "0" or len(digits) > 6:
        raise ValueError("not a generation")
    return int(digits)


def _encode(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode("ascii")


def _is_canonical(text: str) -> bool:
    padding = 2 if text[-2] == "=" else 1
    return text[-padding - 1] in _CANONICAL_LAST[padding]
