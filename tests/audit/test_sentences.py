"""Every action the code records has a sentence, singular and plural."""

import ast
import re
from pathlib import Path

import pytest

from audit.models import AuditEvent
from audit.sentences import ACTIONS, KINDS, action_choices, fields, models_by_kind, sentence
from pazpaz.encryption.registry import registered_fields

ROOT = Path(__file__).parents[2]
PACKAGES = ("pazpaz", "audit", "clients", "scheduling", "sessions")
# Names of derived keys, shaped like actions.
NO_ACTIONS = {"note_version.content", "session_note.section"}
KNOWN = {action.partition(".")[0] for action in ACTIONS}


def actions_in_the_code() -> set[str]:
    labels = {field.label for field in registered_fields()}
    found: set[str] = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
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
    assert set(KINDS) - set(models_by_kind()) == {"workspace", "trail", "signin", "form", "access"}


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
    assert fields(event) == "first name, date of birth, no such field"


def test_the_filter_offers_each_action_once() -> None:
    texts = [text for _action, text in action_choices()]
    assert len(texts) == len(set(texts))
    assert "Viewed a client" in texts
