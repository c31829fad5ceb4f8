"""The form of a client: what everybody may write, and what clinicians may write besides."""

from __future__ import annotations

import datetime
from typing import Any, ClassVar

from django import forms
from django.db import IntegrityError, transaction
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.consents import Consent, give_on_creation
from clients.models import NAMES, UNIQUE_EMAIL, Client
from pazpaz.accounts.models import User
from pazpaz.scope import current_scope, record
from pazpaz.text import is_blank, without_nul
from pazpaz.web.fields import MultilineField

MOST_TAGS = 20
LONGEST_TAG = 40
# What alerts began with while they were tags. Who still types it as a tag means an alert.
ALERT_MARK = "!"


class TagsField(forms.CharField):
    """Words between commas, stored as a list."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str] | None:  # type: ignore[override]
        tags = [" ".join(tag.split()) for tag in without_nul(value or "").split(",")]
        return list(dict.fromkeys(tag for tag in tags if not is_blank(tag))) or None

    def run_validators(self, value: Any) -> None:
        if value and len(value) > MOST_TAGS:
            raise forms.ValidationError(_("At most %(n)d tags, please."), params={"n": MOST_TAGS})
        if value and max(map(len, value)) > LONGEST_TAG:
            raise forms.ValidationError(
                _("A tag has at most %(n)d characters. Are they separated by commas?"),
                params={"n": LONGEST_TAG},
            )


class AlertsField(forms.CharField):
    """One alert a line, stored as a list. The mark that alerts had while they were tags is not needed."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str] | None:  # type: ignore[override]
        lines = [
            " ".join(line.lstrip(f"{ALERT_MARK} ").split()) for line in without_nul(value or "").splitlines()
        ]
        return list(dict.fromkeys(line for line in lines if not is_blank(line))) or None


class ContactForm(forms.ModelForm[Client]):
    """What anybody in a practice sees and writes of a client."""

    FIRST: ClassVar = ("first_name", "last_name", "phone")

    class Meta:
        model = Client
        fields: ClassVar = [
            "first_name",
            "last_name",
            "phone",
            "email",
            "email_shared",
            "date_of_birth",
            "address",
            "emergency_contact_name",
            "emergency_contact_phone",
            "consent_status",
        ]
        field_classes: ClassVar[dict[str, type[forms.Field]]] = {"address": MultilineField}
        widgets: ClassVar = {
            "phone": forms.TelInput(),
            "date_of_birth": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "min": "1900-01-01"}),
            "address": forms.Textarea(attrs={"rows": 3}),
            "emergency_contact_phone": forms.TelInput(),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The model hands dates to forms and serialisers as text, and text never equals the date typed.
        if born := self.instance.date_of_birth:
            self.initial["date_of_birth"] = born
        if not self.instance._state.adding:
            del self.fields["consent_status"]  # recorded and withdrawn on a page of its own
        for name, field in self.fields.items():
            if isinstance(field, forms.CharField) and not field.required:
                field.empty_value = "" if name in NAMES else None  # nothing typed is nothing stored
        self.email_holder: Client | None = None
        self.despite_duplicates = 0

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not any(cleaned.get(name) or name in self.errors for name in NAMES):
            self.add_error("first_name", _("Enter a first name or a last name."))
        if cleaned.get("email") and not cleaned.get("email_shared"):
            self.email_holder = self._holder_of(cleaned["email"])
            if self.email_holder:
                self._refuse_email()
        return cleaned

    def _holder_of(self, email: str) -> Client | None:
        others = self.instance.workspace.clients.with_email(email).filter(email_shared=False)
        return others.exclude(pk=self.instance.pk).only("first_name", "last_name").first()

    def _refuse_email(self) -> None:
        words = _("Another client has this e-mail address. Tick that they share it, or open that client.")
        self.add_error("email", words)

    def save(self, commit: bool = True) -> Client:
        """Store and record what changed; nothing changed, nothing stored."""
        client, changed = self.instance, self.changed_data
        if client._state.adding:
            client.consent_at = timezone.now() if client.consent_status else None
            client.save()
            if client.consent_status:
                scope = current_scope()
                give_on_creation(client, scope.workspace.consent_text, scope.actor.id)
            record("client.created", client, fields=changed, despite_duplicates=self.despite_duplicates)
        elif changed:
            client.save(update_fields=[*changed, "updated_at"])
            record("client.updated", client, fields=changed)
        return client

    def save_unless_taken(self) -> bool:
        """Save, or say beside the e-mail address that somebody else took it since it was checked."""
        try:
            with transaction.atomic():
                self.save()
        except IntegrityError as error:
            if UNIQUE_EMAIL not in str(error):
                raise
            self.email_holder = self._holder_of(self.cleaned_data["email"])
            self._refuse_email()
            return False
        return True

    def differences(self) -> list[tuple[str, str]]:
        """Label and stored value of each field that holds something else than what is stored."""
        return [(str(self[name].label), _in_words(self.initial.get(name))) for name in self.changed_data]

    @property
    def says_more(self) -> bool:
        """Whether anything beyond the first fields is filled in or wrong."""
        return any(self[name].value() or self[name].errors for name in self.fields if name not in self.FIRST)

    @property
    def asks_about_sharing(self) -> bool:
        return bool(self.email_holder or self["email_shared"].value())


class AlertsForm(ContactForm):
    """What assistants write where the practice shows them alerts."""

    class Meta(ContactForm.Meta):
        fields: ClassVar = [*ContactForm.Meta.fields, "alerts"]
        field_classes: ClassVar[dict[str, type[forms.Field]]] = {
            **ContactForm.Meta.field_classes,
            "alerts": AlertsField,
        }
        widgets: ClassVar = {**ContactForm.Meta.widgets, "alerts": forms.Textarea(attrs={"rows": 2})}
        help_texts: ClassVar = {
            "alerts": gettext_lazy("One a line, shown under the name everywhere: Latex allergy")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound and "alerts" not in self.data:
            # A page from before there was the field does not ask to empty it.
            stored = self.fields["alerts"].prepare_value(self.initial.get("alerts"))
            self.data = dict(self.data.items()) | {"alerts": stored or ""}


class ClientForm(AlertsForm):
    """The whole client, for those who may see clinical data."""

    class Meta(AlertsForm.Meta):
        fields: ClassVar = [*AlertsForm.Meta.fields, "medical_history", "notes", "tags"]
        field_classes: ClassVar[dict[str, type[forms.Field]]] = {
            **AlertsForm.Meta.field_classes,
            "medical_history": MultilineField,
            "notes": MultilineField,
            "tags": TagsField,
        }
        widgets: ClassVar = {
            **AlertsForm.Meta.widgets,
            "medical_history": forms.Textarea(attrs={"rows": 4}),
            "notes": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts: ClassVar = {**AlertsForm.Meta.help_texts, "tags": gettext_lazy("Separated by commas.")}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        tags, alerts = cleaned.get("tags") or [], cleaned.get("alerts")
        meant = [tag for tag in tags if tag.startswith(ALERT_MARK)]
        if meant and "alerts" in cleaned:
            found = self.fields["alerts"].clean("\n".join([*(alerts or ()), *meant]))
            cleaned |= {"alerts": found, "tags": [tag for tag in tags if tag not in meant] or None}
            self.changed_data = list(dict.fromkeys([*self.changed_data, "alerts"]))
        return cleaned


class ConsentForm(forms.ModelForm[Consent]):
    class Meta:
        model = Consent
        fields: ClassVar = ["given_on", "text"]
        widgets: ClassVar = {
            "given_on": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "min": "1900-01-01"})
        }
        help_texts: ClassVar = {
            "text": gettext_lazy("Its name and version: “Treatment and records, May 2024”.")
        }


def form_for(user: User) -> type[ContactForm]:
    """The form a person may use: an assistant's has no clinical fields, alerts if the practice says so."""
    if user.sees_clinical_data:
        return ClientForm
    return AlertsForm if user.sees_alerts else ContactForm


def _in_words(value: Any) -> str:
    match value:
        case None | "":
            return _("nothing")
        case bool():
            return _("yes") if value else _("no")
        case list():
            return ", ".join(value)
        case datetime.date():
            return formats.date_format(value)
        case _:
            return str(value)
