"""Every action the code records has a sentence, singular and plural."""

import ast
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from audit.lines import who
from audit.models import AuditEvent
from audit.sentences import WORDS, action_choices, fields, is_of_kind, models_by_kind, sentence
from clients.forms import ClientForm
from pazpaz import activity
from pazpaz.accounts.models import User
from pazpaz.accounts.practice import PracticeForm
from pazpaz.activity import Kind, RegisteredTwice, Subjects, Words, register
from pazpaz.encryption.registry import registered_fields

ROOT = Path(__file__).parents[2]
PACKAGES = ("pazpaz", "audit", "clients", "scheduling", "sessions")
# Names of derived keys, shaped like actions.
NO_ACTIONS = {
    "invitation.seal",
    "invitation.token",
    "note_version.content",
    "session_note.section",
    "signin_link.seal",
    "signin_link.token",
}
ACTIONS = activity.actions()
KNOWN = {action.partition(".")[0] for action in ACTIONS}


def actions_in_the_code(packages: Iterable[str] = PACKAGES) -> set[str]:
    labels = {field.label for field in registered_fields()}
    found: set[str] = set()
    for package in packages:
        for path in (ROOT / package).rglob("*.py"):
            if path.name == "activity.py":
                continue  # says the words, records nothing
            tree = ast.parse(path.read_text())
            messages = codes_of_messages(tree)
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in messages:
                    found.add(node.value)
    shaped = {text for text in found if re.fullmatch(r"[a-z_]+\.[a-z_]+", text)}
    return {text for text in shaped if text.partition(".")[0] in KNOWN} - labels - NO_ACTIONS


def codes_of_messages(tree: ast.AST) -> set[ast.AST]:
    """What announce() and says() are given is shaped like an action, too, and has sentences of its own."""
    return {
        part
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"announce", "says"}
        for part in ast.walk(node)
    }


def test_every_action_in_the_code_has_a_sentence() -> None:
    assert actions_in_the_code() - set(ACTIONS) == set()


def test_every_kind_that_can_be_read_has_a_sentence() -> None:
    viewed = {f"{field.label.partition('.')[0]}.viewed" for field in registered_fields()}
    assert viewed - set(ACTIONS) == set()


def test_every_kind_of_the_filter_is_one_of_the_trail() -> None:
    assert set(activity.kinds()) - set(models_by_kind()) == {"trail", "signin", "form", "access"}


@pytest.mark.parametrize("action", ACTIONS)
def test_a_sentence_is_complete_with_any_number(action: str) -> None:
    one = sentence(AuditEvent(action=action))
    many = sentence(AuditEvent(action=action, object_ids=list(range(25)), metadata={"count": 25}))
    for text in (one, many):
        assert text
        assert "%" not in text
    if action.endswith(".viewed"):
        assert "25" in many


def test_an_unknown_action_is_shown_by_its_code() -> None:
    assert sentence(AuditEvent(action="client.exported")) == "client.exported"


def test_fields_are_called_as_forms_call_them() -> None:
    event = AuditEvent(object_type="client", fields=["first_name", "date_of_birth", "no_such_field"])
    assert fields(event) == "first name, date of birth, other details"


def test_the_filter_offers_each_action_once() -> None:
    texts = [text for _action, text in action_choices()]
    assert len(texts) == len(set(texts))
    assert "Viewed a client" in texts


# Names of their own in every language.
PROPER = re.compile(r"PazPaz|CSV")


def is_raw(text: str) -> bool:
    return re.search("[A-Za-z]", PROPER.sub("", text)) is not None


def test_nothing_of_the_trail_is_a_raw_word_in_hebrew() -> None:
    """Every action the code records, every kind, field, role and outcome, and every command that acts."""
    recorded = {field.label.partition(".")[::2] for field in registered_fields()}
    recorded |= {("workspace", name) for name in PracticeForm.base_fields}
    recorded |= {("client", name) for name in ClientForm.base_fields}
    recorded |= {("appointment", name) for name in ("status", "scheduled_start", "scheduled_end", "notes")}
    recorded |= {("user", "role"), ("service", "is_active"), ("location", "is_active"), ("client", "new_one")}
    with translation.override("he"):
        words = [
            sentence(AuditEvent(action=action)) for action in sorted(set(ACTIONS) | actions_in_the_code())
        ]
        words += [text for _value, text in action_choices()]
        words += [str(kind.label) for kind in activity.kinds().values()]
        words += [fields(AuditEvent(object_type=kind, fields=[name])) for kind, name in sorted(recorded)]
        words += [sentence(AuditEvent(action="user.created", metadata={"role": role})) for role in User.Role]
        words += [str(AuditEvent(outcome=outcome).get_outcome_display()) for outcome in AuditEvent.Outcome]
        words += [
            who(AuditEvent(actor_kind="command", command=command), {}) for command in commands_in_the_code()
        ]
        words.append(who(AuditEvent(actor_kind="user"), {}))
    assert [word for word in words if is_raw(word)] == []


def commands_in_the_code() -> set[str]:
    sources = (path.read_text() for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return {name for source in sources for name in re.findall(r'Actor\.running\("(\w+)"\)', source)}


def test_every_action_belongs_to_a_kind_of_the_filter() -> None:
    lost = {
        action
        for action in ACTIONS
        if not any(is_of_kind(kind, action, action.partition(".")[0]) for kind in activity.kinds())
    }
    assert lost == set()


SAME = [
    Words(actions={"client.archived": _("archived a client")}),
    Words(kinds={"appointment": Kind(_("Appointments"))}),
    Words(kind_of={"demo": "client"}),
    Words(looks={"client.searched"}),
    Words(fields={"attachment.file_name": _("file name")}),
    Words(commands={"seed_demo": _("The demo")}),
    Words(subjects=Subjects("user", _("Person"), lambda workspace, ids: {})),
]


@pytest.mark.parametrize("words", SAME)
def test_two_apps_cannot_register_the_same_code(words: Words) -> None:
    before = activity.actions(), activity.kinds(), activity.commands()
    with pytest.raises(RegisteredTwice):
        register("newcomer", words)
    assert (activity.actions(), activity.kinds(), activity.commands()) == before


def test_an_app_registers_its_words_once() -> None:
    with pytest.raises(RegisteredTwice):
        register("clients", Words())


def test_the_audit_app_says_only_its_own_words() -> None:
    assert {code.partition(".")[0] for code in WORDS.actions} == {"trail"}
    assert set(WORDS.kinds) == {"trail"}


def test_every_app_says_the_words_of_what_it_records() -> None:
    """What stands in the code of an app is registered by that app, or by one below it."""
    of_package: dict[str, set[str]] = {package: set() for package in PACKAGES}
    for app, words in activity._words.items():
        of_package[app.partition(".")[0]] |= set(words.actions)
    known: set[str] = set()
    for package in PACKAGES:  # from the lowest to the highest
        known |= of_package[package]
        assert actions_in_the_code({package}) <= known, package
