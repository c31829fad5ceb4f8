"""What can go wrong when a value is sealed or opened. No message carries plaintext, a token or a key."""

from __future__ import annotations

from uuid import UUID


class EncryptionError(Exception):
    """Base of every refusal of this package."""


class NotEncrypted(EncryptionError):
    """The stored text is not a token; it is never passed on as if it were plaintext."""

    def __init__(self, label: str, row_id: UUID) -> None:
        super().__init__(f"{label} of {row_id}: not an encrypted value")


class UnknownGeneration(EncryptionError):
    """The token names a key generation that the workspace does not have."""

    def __init__(self, label: str, row_id: UUID, generation: int, known: tuple[int, ...]) -> None:
        have = f"{known[0]}–{known[-1]}" if len(known) > 1 else "".join(map(str, known)) or "none"
        super().__init__(f"{label} of {row_id}: unknown key generation {generation} (have {have})")


class CannotOpen(EncryptionError):
    """Authentication failed: another key, another row, another column, or altered bytes."""

    def __init__(self, label: str, row_id: UUID) -> None:
        super().__init__(f"cannot open {label} of {row_id}: wrong key, or the value was moved or altered")


class NoOpenVault(EncryptionError):
    """Encrypted values were touched outside a workspace."""

    def __init__(self) -> None:
        super().__init__(
            "No workspace is open, so nothing can be sealed or opened: wrap this in "
            "workspace_scope(workspace, actor)."
        )


class BadKey(EncryptionError):
    """A key is missing, malformed, or does not match its check value."""


class Unpicklable(EncryptionError, TypeError):
    """An object with unsaved client data was pickled or copied; save it first, or pass its id."""
