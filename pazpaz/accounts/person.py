"""The form in which users say their name and choose their language."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from pazpaz.accounts.models import User, Workspace


class PersonForm(forms.ModelForm[User]):
    """What people say about themselves."""

    class Meta:
        model = User
        fields = ["name", "language"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        practice = self.instance.workspace
        language = self.fields["language"]
        assert isinstance(language, forms.ChoiceField)
        language.choices = [
            (
                "",
                _("That of the practice (%(language)s)") % {"language": practice.get_language_display()}
                if practice
                else _("That of the browser"),
            ),
            *Workspace.Language.choices,
        ]

    def save(self, commit: bool = True) -> User:
        # Only these: an account that an owner closes at this moment stays closed.
        self.instance.save(update_fields=[*self.changed_data, "updated_at"])
        return self.instance
