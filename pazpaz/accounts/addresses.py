"""Addresses of people who sign in, or are asked to: read in their normal form, wherever they are typed."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from pazpaz.accounts.models import User
from pazpaz.text import AddressField

LONGEST = 254


class NormalAddressField(AddressField):
    """An e-mail address in its normal form. What was pasted along unseen does no harm."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return User.clean_email(text) if isinstance(text, str) and len(text) <= LONGEST else text


def clean_address(text: str) -> str:
    """Return the normal form of an address typed on the command line. Raises ValidationError."""
    if len(text) > LONGEST:
        raise ValidationError("Too long.")
    address = User.clean_email(text)
    validate_email(address)
    return address
