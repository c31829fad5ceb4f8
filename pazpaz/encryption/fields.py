"""Encrypted model fields.

A field encrypts its value when the instance is saved, because only then are the row and workspace known. It
decrypts at the first read, so unread columns cost nothing. In between the instance holds a `Sealed` object,
whose repr hides the value. Lookups, ordering and updates raise FieldError, and the message names the
alternative.
"""

from __future__ import annotations

import datetime
import json
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.core import checks
from django.core.exceptions import FieldError, ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.db import models
from django.db.models.lookups import IsNull
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from pazpaz.encryption import cipher
from pazpaz.encryption.errors import EncryptionError
from pazpaz.encryption.sealed import UNREAD, Sealed, SealedAttribute, raw_values_active
from pazpaz.encryption.vault import Clinical, Vault, current_vault
from pazpaz.text import AddressField, VisibleTextField, validate_visible

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


# Marks that a value which fails to decrypt raises its error.
RAISE: Any = object()


def require_reason(reason: object) -> None:
    """Raise TypeError unless a reason is given for decrypting without recording."""
    if not isinstance(reason, str) or not reason.strip():
        raise TypeError("Say why this read is not recorded: the reason must be a text and not empty.")


class EncryptedField(models.Field[Any, Any]):
    """Base of the encrypted fields. `label` names the column in keys and associated data: it never changes.

    A clinical field opens only for people who may see clinical data; a "shareable" one also for assistants,
    where the practice says so.
    """

    descriptor_class = SealedAttribute

    def __init__(self, *args: Any, label: str, clinical: Clinical = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label = label
        self.clinical = clinical

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "label": self.label, "clinical": self.clinical}

    def get_internal_type(self) -> str:
        return "TextField"

    def db_check(self, connection: BaseDatabaseWrapper) -> str:
        """Accept well-formed tokens only, so that raw SQL cannot store plaintext either."""
        return f"{connection.ops.quote_name(str(self.column))} ~ '{cipher.TOKEN_PATTERN}'"

    # Values and tokens

    def dump(self, value: Any) -> str:
        """Return the text that is sealed for a value."""
        return str(value)

    def load(self, text: str) -> Any:
        """Return the value of an opened text."""
        return text

    def seal(self, vault: Vault, row_id: UUID, value: Any) -> str:
        """Return the token of a value for one row, normalised to NFC.

        Runs the validators: no constraint of the database can see through the encryption. Raises
        ValidationError, or ClinicalDataDenied for a clinical field the actor may not write.
        """
        vault.check(clinical=self.clinical)
        value = self.to_python(value)
        self.run_validators(value)
        text = unicodedata.normalize("NFC", self.dump(value))
        return vault.keys.seal(self.label, row_id, text.encode("utf-8", "surrogatepass"))

    def open(self, vault: Vault, row_id: UUID, token: str) -> Any:
        """Return the value of a token: checked against the actor's rights and reported to the audit trail."""
        plaintext = vault.open(self.label, row_id, token, clinical=self.clinical)
        return self.load(plaintext.decode("utf-8", "surrogatepass"))

    def decrypt_unrecorded(self, vault: Vault, row_id: UUID, token: str, *, reason: str) -> Any:
        """Return the value of a token and record nothing.

        `reason` says why no event is due: no user sees the value, or the caller's caller names the event.
        Raises TypeError when it is empty.
        """
        require_reason(reason)
        return self.load(vault.keys.unseal(self.label, row_id, token).decode("utf-8", "surrogatepass"))

    def decrypt_column(
        self, vault: Vault, row_ids: Sequence[UUID], values: Sequence[Sealed | None], *, damaged: Any = RAISE
    ) -> list[Any]:
        """Return the values of one column of many rows for open_rows(), which records them; None for NULL.

        `damaged` replaces values that fail to decrypt; without it the error is raised.
        """
        label, load, unseal = self.label, self.load, vault.keys.unseal
        opened: list[Any] = []
        for row_id, value in zip(row_ids, values, strict=True):
            if value is None:
                opened.append(None)
                continue
            try:
                opened.append(load(unseal(label, row_id, value.token or "").decode("utf-8", "surrogatepass")))
            except (EncryptionError, ValueError):
                if damaged is RAISE:
                    raise
                opened.append(damaged)
        return opened

    # Into the database

    def pre_save(self, model_instance: models.Model, add: bool) -> Sealed | None:
        held = model_instance.__dict__
        value: Sealed | None = held.get(self.attname)
        if value is None:
            return None
        vault = current_vault()
        workspace_id = self.model._meta.pk.to_python(model_instance.workspace_id)  # type: ignore[attr-defined]
        if workspace_id != vault.workspace_id:
            raise FieldError(
                f"{self.label} belongs to another workspace than the open one: "
                "rows never move between workspaces."
            )
        sealed = held[self.attname] = self._sealed_for_row(vault, model_instance, value)
        return sealed

    def _sealed_for_row(self, vault: Vault, instance: models.Model, value: Sealed) -> Sealed:
        row: UUID = instance._meta.pk.to_python(instance.pk)
        origin = value if value.token is not None else value.before
        if origin is not None and origin.token is not None:
            origin_row = origin.row or instance.__dict__.get("_row_as_loaded") or row
            in_place = origin_row == row and origin.token.startswith(f"v{vault.keys.generation}:")
            if value is origin:
                return value if in_place else self._resealed(vault, row, origin_row, value)
            vault.check(clinical=self.clinical)
            if in_place and self._is_same(value.plain, self._stored(vault, row, origin.token)):
                origin.plain = value.plain
                return origin
        if hasattr(value.plain, "resolve_expression"):
            raise FieldError(f"{self.label} is encrypted: the database cannot compute it. Assign a value.")
        sealed = Sealed(self.seal(vault, row, value.plain), row)
        sealed.plain = value.plain
        return sealed

    def _stored(self, vault: Vault, row: UUID, token: str) -> Any:
        return self.decrypt_unrecorded(
            vault, row, token, reason="compares an assigned value with the stored one"
        )

    def _is_same(self, assigned: Any, stored: Any) -> bool:
        return not hasattr(assigned, "resolve_expression") and bool(self.to_python(assigned) == stored)

    def _resealed(self, vault: Vault, row: UUID, origin_row: UUID, value: Sealed) -> Sealed:
        """Encrypt an unchanged value under the active generation, or for the new row of a clone.

        The actor does not see the value. So an assistant may save a client whose clinical columns carry an
        older generation, but may not copy them.
        """
        if row != origin_row:
            vault.check(clinical=self.clinical)
        plaintext = vault.keys.unseal(self.label, origin_row, str(value.token))
        sealed = Sealed(vault.keys.seal(self.label, row, plaintext), row)
        sealed.plain = value.plain
        return sealed

    def get_prep_value(self, value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, Sealed) and value.token is not None:
            return value.token
        if hasattr(value, "resolve_expression") and raw_values_active():
            return value
        raise FieldError(
            f"{self.label} is encrypted: assign it on an instance and save(), or use bulk_create() or "
            "bulk_update() of SealedQuerySet; update(), expressions and plain querysets cannot seal it."
        )

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        return self.get_prep_value(value)

    def from_db_value(
        self, value: str | None, expression: object, connection: BaseDatabaseWrapper
    ) -> Sealed | None:
        return None if value is None else Sealed(value)

    # What a database cannot do with ciphertext

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return IsNull
        raise FieldError(self.refusal(f"looked up with `{lookup_name}`"))

    def get_transform(self, lookup_name: str) -> Any:
        raise FieldError(self.refusal(f"transformed with `{lookup_name}`"))

    def refusal(self, deed: str) -> str:
        """Return the sentence that refuses a deed and names the alternative."""
        return (
            f"{self.label} is encrypted and cannot be {deed} in the database: open the workspace's rows with "
            "open_values() and compare in Python, or use a blind index where the model has one."
        )

    # Serialisation and forms

    def value_to_string(self, obj: models.Model) -> str:
        """Fixtures carry the token, never the plaintext."""
        value = obj.__dict__.get(self.attname)
        if value is not None and value.token is None:
            raise FieldError(f"{self.label} has unsaved changes; save before serialising.")
        return "" if value is None else value.token

    def verify_token(self, instance: models.Model) -> None:
        """Accept the token that loaddata assigned, after opening it. Raises an EncryptionError otherwise."""
        value = instance.__dict__.get(self.attname)
        if value is None or (value.token is not None and value.row == instance.pk):
            return
        token = value.token if value.token is not None else value.plain
        current_vault().keys.unseal(self.label, instance.pk, token)
        instance.__dict__[self.attname] = Sealed(token, instance.pk)

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        errors = super().check(**kwargs)
        if self.unique or getattr(self, "db_index", False) or self.primary_key:
            errors.append(
                checks.Error(
                    f"{self.label} is encrypted: two seals of one value differ, so no index can cover it.",
                    hint="Add a BlindIndexField and put the constraint there.",
                    obj=self,
                    id="encryption.E001",
                )
            )
        return errors


class EncryptedTextField(EncryptedField):
    """Text of any length; `max_length` counts characters of the plaintext."""

    description = _("Encrypted text")

    def __init__(self, *args: Any, max_length: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, max_length=max_length, **kwargs)
        if max_length is not None:
            self.validators.append(MaxLengthValidator(max_length))

    def to_python(self, value: Any) -> str | None:
        return value if value is None or isinstance(value, str) else str(value)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(
            **{
                "form_class": forms.CharField,
                "max_length": self.max_length,
                "widget": forms.Textarea,
                **kwargs,
            }
        )


class EncryptedCharField(EncryptedTextField):
    """One line of text: nothing, or something that can be seen."""

    description = _("Encrypted line of text")
    default_validators = [validate_visible]

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": VisibleTextField, "widget": forms.TextInput, **kwargs})


class EncryptedEmailField(EncryptedCharField):
    description = _("Encrypted e-mail address")
    default_validators = [validate_visible, validate_email]

    def __init__(self, *args: Any, max_length: int = 254, **kwargs: Any) -> None:
        super().__init__(*args, max_length=max_length, **kwargs)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": AddressField, "widget": forms.EmailInput, **kwargs})


class EncryptedDateField(EncryptedField):
    description = _("Encrypted date")

    def to_python(self, value: Any) -> Any:
        if isinstance(value, datetime.datetime):
            return value.date()
        if value is None or isinstance(value, datetime.date):
            return value
        try:
            day = parse_date(str(value))
        except ValueError:
            day = None
        if day is None:
            # A token in a fixture passes through here; verify_token() opens it before anything is stored.
            if _looks_like_a_token(str(value)):
                return str(value)
            raise ValidationError(_("Enter a valid date."), code="invalid")
        return day

    def run_validators(self, value: Any) -> None:
        if value not in self.empty_values and not isinstance(value, datetime.date):
            raise ValidationError(_("Enter a valid date."), code="invalid")
        super().run_validators(value)

    def dump(self, value: Any) -> str:
        if not isinstance(value, datetime.date):
            raise ValidationError(_("Enter a valid date."), code="invalid")
        return value.isoformat()

    def load(self, text: str) -> datetime.date:
        return datetime.date.fromisoformat(text)

    def value_from_object(self, obj: models.Model) -> str | None:
        """ISO text rather than a date: serialisers write dates as they are, past value_to_string()."""
        value = super().value_from_object(obj)
        return value.isoformat() if isinstance(value, datetime.date) else value

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": forms.DateField, **kwargs})


def _looks_like_a_token(text: str) -> bool:
    try:
        cipher.parse(text)
    except ValueError:
        return False
    return True


class EncryptedJSONField(EncryptedField):
    """A list, an object or a text; written without spaces, keys sorted, so equal values seal equal texts.

    No bare numbers: Django's serialisers write those into fixtures as they are, past value_to_string().
    """

    description = _("Encrypted JSON")

    def to_python(self, value: Any) -> Any:
        return value

    def dump(self, value: Any) -> str:
        if not isinstance(value, list | tuple | dict | str):
            raise ValidationError(_("Enter a list, an object or a text."), code="invalid")
        return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))

    def load(self, text: str) -> Any:
        return json.loads(text)

    def pre_save(self, model_instance: models.Model, add: bool) -> Sealed | None:
        # A list or dict can be changed in place after it was read; compare it with what was stored.
        held = model_instance.__dict__
        value = held.get(self.attname)
        if value is not None and value.token is not None and value.plain is not UNREAD:
            held[self.attname] = Sealed.fresh(value.plain, value)
        return super().pre_save(model_instance, add)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": forms.JSONField, **kwargs})
