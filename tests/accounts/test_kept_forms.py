"""Every form that takes text is registered to be kept, by its own app, or stands here with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

import pytest
from django import forms
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pazpaz.web.kept_forms import (
    KeptForm,
    RegisteredTwice,
    fields_of,
    is_typed,
    kept_forms,
    labels_for,
    register,
)

PACKAGES = ("pazpaz", "audit", "clients", "scheduling", "sessions")
OF_STAFF = "platform staff belong to no practice, in which it could be kept"
A_CODE = "a code, or a device: worth nothing later"
A_BASE = "the base of forms that are registered"
NEVER_KEPT = {
    "pazpaz.accounts.admin.pages.FoundingForm": OF_STAFF,
    "pazpaz.accounts.allauth.forms.ActivateAppForm": A_CODE,
    "pazpaz.accounts.allauth.forms.AddPasskeyForm": "gives rights",
    "pazpaz.accounts.allauth.forms.ConfirmCodeForm": A_CODE,
    "pazpaz.accounts.allauth.forms.FactorAgainForm": A_CODE,
    "pazpaz.accounts.allauth.forms.OneTimeCodeMixin": A_CODE,
    "pazpaz.accounts.allauth.forms.RenamePasskeyForm": "a name for a passkey, behind a fresh proof",
    "pazpaz.accounts.allauth.forms.RequestCodeForm": "nobody is signed in yet",
    "pazpaz.accounts.allauth.forms.SecondFactorForm": A_CODE,
    "pazpaz.accounts.views.links.JoinForm": "nobody is signed in yet",
    "pazpaz.accounts.views.team.InviteForm": "gives rights",
    "audit.activity.ActivityFilter": "days to look between, in the address",
    "scheduling.forms.ConflictCheckForm": "a script asks while a user types into the form of the appointment",
    "scheduling.forms.SlotForm": A_BASE,
    "sessions.forms.SectionsForm": A_BASE,
}


def forms_of_the_site() -> Iterator[type[forms.BaseForm]]:
    """Yield every class of forms that our packages define, wherever it stands."""
    for package in PACKAGES:
        for module in walk_packages(import_module(package).__path__, f"{package}."):
            if ".migrations" not in module.name and module.name != "pazpaz.wsgi":
                import_module(module.name)
    found = [forms.BaseForm]
    for form in found:
        found += [each for each in form.__subclasses__() if each not in found]
    yield from (form for form in found if form.__module__.partition(".")[0] in PACKAGES)


def takes_text(form: type[forms.BaseForm]) -> bool:
    return any(is_typed(field) for field in fields_of(form).values())


def test_every_form_that_takes_text_is_kept_or_says_why_not() -> None:
    with_text = {f"{form.__module__}.{form.__qualname__}" for form in forms_of_the_site() if takes_text(form)}
    registered = {
        f"{form.__module__}.{form.__qualname__}" for kept in kept_forms().values() for form in kept.forms
    }
    assert with_text - registered - NEVER_KEPT.keys() == set(), "what is typed there would be lost"
    assert NEVER_KEPT.keys() - with_text == set(), "these exceptions are not needed"
    assert not NEVER_KEPT.keys() & registered


def test_a_form_is_registered_by_its_own_app() -> None:
    for view, kept in kept_forms().items():
        for form in kept.forms:
            assert form.__module__.removeprefix("pazpaz.").startswith(f"{view.partition(':')[0]}."), view


@pytest.mark.parametrize("view", kept_forms())
def test_every_text_has_a_label_in_every_language(view: str) -> None:
    form = kept_forms()[view]
    labels = [*form.texts.values(), *(label for _name, label in form.labels_of_marks()), form.label]
    assert form.texts
    assert all(isinstance(label, Promise) for label in labels)
    with translation.override("he"):
        assert [str(label) for label in labels if str(label).isascii()] == []


@pytest.mark.parametrize("view", kept_forms())
def test_marks_are_fields_of_the_form(view: str) -> None:
    form = kept_forms()[view]
    assert {name for name, _label in form.labels_of_marks()} == set(form.marks)


class _Wide(forms.Form):
    shared = forms.CharField(label=_("Address"))
    extra = forms.CharField(label=_("Notes"))
    choice = forms.ChoiceField(label=_("Kind"), choices=[("a", "a")])
    hidden = forms.CharField(widget=forms.HiddenInput)


class _Narrow(forms.Form):
    own = forms.CharField(label=_("Reason"))
    shared = forms.CharField(label=_("Another label"))


def test_the_forms_of_all_roles_say_what_is_typed() -> None:
    texts = KeptForm(_("Form"), (_Wide, _Narrow)).texts
    assert {name: str(label) for name, label in texts.items()} == {
        "shared": "Address",
        "extra": "Notes",
        "own": "Reason",
    }


def test_a_text_of_another_form_is_shown_after_the_own_ones() -> None:
    labels = list(labels_for(kept_forms()["sessions:note-amend"]))
    assert labels[:5] == ["reason", "subjective", "objective", "assessment", "plan"]
    assert "medical_history" in labels[5:]
    assert len(labels) == len(set(labels))


@pytest.mark.parametrize(
    "form",
    [
        {"clients:edit": KeptForm(_("Form"), (_Wide,))},
        {"sessions:note-sign": KeptForm(_("Form"), (_Wide,))},
        {"new:form": KeptForm(_("Form"), (_Wide,), also_from={"clients:edit"})},
        {"new:form": KeptForm(_("Form"), (_Wide,), also_from={"sessions:note-sign"})},
    ],
)
def test_two_forms_cannot_be_registered_for_one_url(form: dict[str, KeptForm]) -> None:
    before = dict(kept_forms())
    with pytest.raises(RegisteredTwice):
        register(form)
    assert kept_forms() == before
