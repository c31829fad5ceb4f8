"""The texts of a note's sections: their stored form, and how one is recognised by a page that showed it."""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Iterable

from pazpaz.encryption.vault import current_vault

SECTIONS = ("subjective", "objective", "assessment", "plan")
SECTION_LENGTH = 20_000


def tidy(text: str) -> str:
    """Return a text as it is stored: NFC, with the line ends a textarea shows, not those a form sends."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def mark_of(text: str) -> str:
    """Return what a page remembers a stored text by: equal for equal texts, no use without the keys."""
    return current_vault().keys.digest("session_note.section", text.encode())[:8].hex()


def checksum_of(text: str) -> str:
    """Return what a page can compute of a text it has sent; note-section.js computes the same.

    It only tells one's own text from another writer's, so it needs no key.
    """
    data = tidy(text).encode()
    return f"{zlib.crc32(data):08x}-{len(data)}"


def content_hash(texts: Iterable[str]) -> bytes:
    """Return 32 bytes that vouch for the sections of a version, in their order.

    Every text is preceded by its length, so none can pass for a part of its neighbour.
    """
    encoded = [tidy(text).encode() for text in texts]
    return current_vault().keys.digest(
        "note_version.content", b"".join(len(text).to_bytes(4, "big") + text for text in encoded)
    )
