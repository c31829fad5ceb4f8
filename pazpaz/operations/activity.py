"""What the activity page says about what the operator's commands do."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pazpaz.activity import Words

WORDS = Words(
    actions={"encryption.verified": _("verified the encryption")},
    kind_of={"encryption": "workspace"},
    commands={
        "create_workspace": _("The operator"),
        "migrate": _("An update of PazPaz"),
        "signin_link": _("The operator"),
        "verify_encryption": _("The operator"),
    },
    last=True,
)
