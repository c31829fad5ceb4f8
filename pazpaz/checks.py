"""What must hold before anything starts, beside the checks of the database role in pazpaz.tenancy."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register

from pazpaz.encryption.errors import BadKey
from pazpaz.encryption.providers import master_keys
from pazpaz.encryption.registry import check_models

register(check_models, Tags.models)


@register(Tags.security)
def master_keys_load(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """A key ring that does not load is said at start, not by the first request."""
    try:
        master_keys()
    except BadKey as error:
        return [Error(f"The master key (ENCRYPTION_MASTER_KEY) does not load: {error}", id="keys.E001")]
    return []
