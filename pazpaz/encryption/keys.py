"""Keys: master keys that live outside the database, and the keys of one workspace that they wrap.

    master key  --AES-256-GCM wrap-->  keys of a workspace  --HKDF (RFC 5869)-->  key of a label

A master key's id is derived from the key, so a ring needs no names: the current one wraps, older ones only
unwrap.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from pazpaz.encryption import cipher
from pazpaz.encryption.errors import BadKey, CannotOpen, NotEncrypted, UnknownGeneration

KEY_BYTES = 32
Purpose = Literal["data", "index"]
type _Column = tuple[AESGCM, bytes]


def generate_key() -> str:
    """Return a new master key: 32 random bytes in standard base64."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode("ascii")


def derive(key: bytes, info: str) -> bytes:
    """Return 32 bytes derived from a uniformly random key (HKDF-Expand with SHA-256, RFC 5869 §2.3)."""
    return HKDFExpand(SHA256(), KEY_BYTES, info.encode()).derive(key)


def check_value(key: bytes) -> str:
    """Return 16 hex digits that tell whether a key is the expected one, and nothing else about it."""
    return hmac.digest(key, b"pazpaz|check value", sha256)[:8].hex()


@dataclass(frozen=True, slots=True)
class KeyEncryptionKey:
    """One key-encryption key of 32 bytes. Settings and messages call it a master key."""

    secret: bytes = field(repr=False)

    @classmethod
    def from_base64(cls, text: str) -> KeyEncryptionKey:
        """Read a key as generate_key() prints it. Raises BadKey with a sentence that says what to do."""
        try:
            secret = base64.b64decode(text.strip(), validate=True)
        except (binascii.Error, ValueError):
            secret = b""
        if len(secret) != KEY_BYTES:
            raise BadKey(
                "A master key must be 32 random bytes in base64. `manage.py generate_key` makes one; "
                "set it as ENCRYPTION_MASTER_KEY."
            )
        return cls(secret)

    @property
    def id(self) -> str:
        return hmac.digest(self.secret, b"pazpaz|key id", sha256)[:6].hex()


@dataclass(frozen=True, slots=True)
class KeyEncryptionKeys:
    """All configured key-encryption keys: the first one wraps, all of them unwrap."""

    keys: tuple[KeyEncryptionKey, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if not self.keys:
            raise BadKey("No master key is configured. `manage.py generate_key` makes one.")

    @property
    def current(self) -> KeyEncryptionKey:
        return self.keys[0]

    def get(self, key_id: str) -> KeyEncryptionKey:
        """Return the key of that id. Raises BadKey when the ring does not hold it."""
        for key in self.keys:
            if key.id == key_id:
                return key
        raise BadKey(
            f"Master key {key_id} is not configured, but stored keys are wrapped with it. "
            "Add it to the old ones: ENCRYPTION_OLD_MASTER_KEYS, or one more line of the key file."
        )

    def wrap(self, key: bytes, *, workspace_id: UUID, generation: int, purpose: Purpose) -> str:
        """Return a workspace key wrapped under the current master key: base64 of nonce, ciphertext, tag."""
        nonce = os.urandom(cipher.NONCE_BYTES)
        context = self._wrapping_context(self.current.id, workspace_id, generation, purpose)
        sealed = AESGCM(derive(self.current.secret, "pazpaz|wrap")).encrypt(nonce, key, context)
        return base64.b64encode(nonce + sealed).decode("ascii")

    def unwrap(
        self, wrapped: str, *, key_id: str, workspace_id: UUID, generation: int, purpose: Purpose
    ) -> bytes:
        """Undo wrap(). Raises BadKey when the master key, the place or the bytes are not the ones wrapped."""
        context = self._wrapping_context(key_id, workspace_id, generation, purpose)
        aead = AESGCM(derive(self.get(key_id).secret, "pazpaz|wrap"))
        try:
            data = base64.b64decode(wrapped, validate=True)
            return aead.decrypt(data[: cipher.NONCE_BYTES], data[cipher.NONCE_BYTES :], context)
        except (InvalidTag, ValueError):
            raise BadKey(
                f"The {purpose} key of generation {generation} of workspace {workspace_id} cannot be "
                "unwrapped: wrong master key, or the record was moved or altered."
            ) from None

    def seal_secret(self, label: str, row_id: UUID, secret: str) -> str:
        """Seal a system secret (a TOTP seed, a feed token): `s<key id>:` and a token under a derived key."""
        key = self.current
        context = cipher.associated_data(1, f"system.{label}", UUID(int=0), row_id)
        aead = AESGCM(derive(key.secret, f"pazpaz|system|{label}"))
        token = cipher.seal(aead, 1, context, secret.encode())
        return f"s{key.id}:{token}"

    def open_secret(self, label: str, row_id: UUID, sealed: str) -> str:
        """Undo seal_secret(). Raises BadKey, NotEncrypted or CannotOpen."""
        key_id, _, text = sealed.partition(":")
        try:
            token = cipher.parse(text if key_id[:1] == "s" else None)
        except ValueError:
            raise NotEncrypted(f"system.{label}", row_id) from None
        aead = AESGCM(derive(self.get(key_id[1:]).secret, f"pazpaz|system|{label}"))
        context = cipher.associated_data(1, f"system.{label}", UUID(int=0), row_id)
        try:
            return cipher.open_token(aead, token, context).decode()
        except (InvalidTag, ValueError):
            raise CannotOpen(f"system.{label}", row_id) from None

    def digest(self, label: str, *parts: bytes) -> bytes:
        """Return HMAC-SHA256 of the parts under a key of that label, derived from the current master key."""
        return self.digests(label, *parts)[0]

    def digests(self, label: str, *parts: bytes) -> list[bytes]:
        """Return digest() under every master key, the current one first: to find a stored digest by."""
        data = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return [hmac.digest(derive(key.secret, f"pazpaz|digest|{label}"), data, sha256) for key in self.keys]

    def confirms(self, digest: bytes, label: str, *parts: bytes) -> bool:
        """Return whether a stored digest is the one of these parts, under any of the master keys."""
        return any(hmac.compare_digest(digest, made) for made in self.digests(label, *parts))

    @staticmethod
    def _wrapping_context(key_id: str, workspace_id: UUID, generation: int, purpose: Purpose) -> bytes:
        return cipher.associated_data(generation, f"wrap.{purpose}.{key_id}", workspace_id, workspace_id)


class WorkspaceKeys:
    """The unwrapped keys of one workspace. One generation, one key: never tries several."""

    def __init__(self, workspace_id: UUID, data: Mapping[int, bytes], index: bytes, generation: int) -> None:
        """Take the data keys by generation, the index key, and the generation that seals.

        Raises BadKey when the active key is not among them.
        """
        if generation not in data or not index:
            raise BadKey(f"Workspace {workspace_id} has no usable keys.")
        self.workspace_id = workspace_id
        self.generation = generation
        self._data = dict(data)
        self._index = index
        self._columns: dict[tuple[str, str], _Column] = {}
        self._index_keys: dict[str, bytes] = {}

    def __repr__(self) -> str:
        return f"<WorkspaceKeys of {self.workspace_id}, generation {self.generation}>"

    def seal(self, label: str, row_id: UUID, plaintext: bytes) -> str:
        """Return the token of a value under the active generation, bound to label, workspace and row."""
        head = f"v{self.generation}"
        aead, prefix = self._columns.get((label, head)) or self._column(label, head, row_id)
        return cipher.seal(aead, self.generation, prefix + row_id.bytes, plaintext)

    def unseal(self, label: str, row_id: UUID, text: str) -> bytes:
        """Return the plaintext bytes of a token. Records nothing: only the encrypted fields call this.

        Raises NotEncrypted, UnknownGeneration or CannotOpen; never falls back to the stored text.
        """
        try:
            token = cipher.parse(text)
        except ValueError:
            raise NotEncrypted(label, row_id) from None
        head = token[0]
        aead, prefix = self._columns.get((label, head)) or self._column(label, head, row_id)
        try:
            return cipher.open_token(aead, token, prefix + row_id.bytes)
        except (InvalidTag, ValueError):
            raise CannotOpen(label, row_id) from None

    def digest(self, label: str, data: bytes) -> bytes:
        """Return 32 bytes of HMAC-SHA256 (RFC 2104) under the index key of a label."""
        key = self._index_keys.get(label)
        if key is None:
            key = self._index_keys[label] = derive(self._index, f"pazpaz|index|{label}")
        return hmac.digest(key, data, sha256)

    def _column(self, label: str, head: str, row_id: UUID) -> _Column:
        try:
            generation = cipher.generation_of(head)
        except ValueError:
            raise NotEncrypted(label, row_id) from None
        key = self._data.get(generation)
        if key is None:
            raise UnknownGeneration(label, row_id, generation, tuple(sorted(self._data)))
        prefix = cipher.associated_data_prefix(generation, label, self.workspace_id)
        column = self._columns[label, head] = AESGCM(derive(key, f"pazpaz|data|{label}")), prefix
        return column
