"""Asking somebody to join, and their joining."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from django.core import signing
from django.core.mail import send_mail
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings
from pytest_django.asserts import assertRedirects

from pazpaz.accounts.models import Invitation, User
from tests.accounts.helpers import Mailbox, is_signed_in, link_in
from tests.cast import events, inside

pytestmark = pytest.mark.django_db

INVITE = "/settings/team/invite/"
TEAM = "/settings/team/"


type Invite = Callable[..., None]


@pytest.fixture
def invite(as_dana: Browser, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Invite:
    def send(email: str, role: str = "therapist", status: int = 302) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            assert as_dana.post(INVITE, {"email": email, "role": role}).status_code == status

    return send


def test_the_invited_person_joins_and_is_in(
    invite: Invite, client: Browser, dana: User, mailoutbox: Mailbox
) -> None:
    invite("Mia@Example.org", "assistant")
    assert mailoutbox[0].to == ["mia@example.org"]
    link = link_in(mailoutbox[0])
    page = client.get(link).text
    assert "Practice of Dana Levi" in page
    assert not User.objects.filter(email="mia@example.org").exists(), "looking does nothing"

    assertRedirects(client.post(link, {"name": "Mia Chen"}), "/", fetch_redirect_response=False)
    mia = User.objects.get(email="mia@example.org")
    assert (mia.name, mia.role, mia.workspace) == ("Mia Chen", User.Role.ASSISTANT, dana.workspace)
    assert is_signed_in(client)
    trail = [(e.action, e.actor_id) for e in events(dana) if e.actor_id]
    assert trail == [
        ("user.invited", dana.pk),
        ("user.created", mia.pk),
        ("signin.succeeded", mia.pk),
    ]
    assert events(dana, "signin.succeeded")[0].metadata == {"factor": "invitation"}


def test_an_invitation_is_accepted_once(invite: Invite, client: Browser, mailoutbox: Mailbox) -> None:
    invite("mia@example.org")
    link = link_in(mailoutbox[0])
    client.post(link, {"name": "Mia"})
    assert Browser().post(link, {"name": "Mallory"}).status_code == 410
    assert User.objects.filter(name="Mallory").count() == 0


def test_a_name_is_needed(invite: Invite, client: Browser, mailoutbox: Mailbox) -> None:
    invite("mia@example.org")
    assert client.post(link_in(mailoutbox[0]), {"name": " "}).status_code == 422


def test_whether_an_address_has_an_account_elsewhere_is_told_to_its_owner_only(
    invite: Invite, as_dana: Browser, omer: User, mailoutbox: Mailbox
) -> None:
    invite(omer.email)
    invite("nobody@example.org")
    page = as_dana.get(TEAM).text
    rows = [row.split("</li>")[0] for row in page.split('<li class="row">')[1:]]
    assert len(rows) == 2
    hint, invitation = mailoutbox
    assert hint.to == [omer.email]
    assert hint.subject == invitation.subject
    assert "You have an account with the address" in hint.body
    assert "http" not in hint.body
    omer.refresh_from_db()
    assert omer.workspace.name == "Katz Physiotherapy"  # type: ignore[union-attr]


def test_inviting_again_sends_it_again_with_the_new_role(
    invite: Invite, dana: User, mailoutbox: Mailbox
) -> None:
    invite("mia@example.org", "therapist")
    invite("mia@example.org", "assistant")
    with inside(dana):
        assert dana.workspace is not None
        assert [i.role for i in dana.workspace.invitations.all()] == ["assistant"]
    assert [e.metadata["again"] for e in events(dana, "user.invited")] == [False, True]
    assert len(mailoutbox) == 2


def test_who_is_in_the_team_is_not_invited(invite: Invite, noa: User, mailoutbox: Mailbox) -> None:
    invite(noa.email.upper(), status=422)
    assert not mailoutbox


def test_a_withdrawn_invitation_no_longer_works(
    invite: Invite, as_dana: Browser, dana: User, client: Browser, mailoutbox: Mailbox
) -> None:
    invite("mia@example.org")
    with inside(dana):
        assert dana.workspace is not None
        invitation = dana.workspace.invitations.get()
    for _click in range(2):
        response = as_dana.post(reverse("accounts:withdraw", args=[invitation.pk]))
        assert (response.status_code, response["Location"]) == (302, reverse("accounts:team"))
    assert client.get(link_in(mailoutbox[0])).status_code == 410
    assert len(events(dana, "invitation.withdrawn")) == 1


def test_the_next_mail_replaces_the_one_before(invite: Invite, client: Browser, mailoutbox: Mailbox) -> None:
    invite("mia@example.org", "therapist")
    invite("mia@example.org", "therapist")
    first, second = map(link_in, mailoutbox)
    page = client.get(first)
    assert page.status_code == 410
    assert "a newer e-mail replaced it" in page.text
    assert client.get(second).status_code == 200


def test_a_mail_that_is_not_sent_replaces_nothing(
    invite: Invite, client: Browser, mailoutbox: Mailbox, settings: Settings
) -> None:
    invite("mia@example.org")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    invite("mia@example.org")
    assert client.get(link_in(mailoutbox[0])).status_code == 200


def test_the_token_is_kept_nowhere(invite: Invite, dana: User, mailoutbox: Mailbox) -> None:
    invite("mia@example.org")
    token = link_in(mailoutbox[0]).rstrip("/").rpartition("/")[2]
    [row] = rows_of(dana)
    assert token not in str(row)
    assert sha256(token.encode()).hexdigest() not in str(row)


def rows_of(dana: User) -> list[dict[str, object]]:
    with inside(dana):
        rows = list(Invitation.objects.values())
    return [
        {k: bytes(v).hex() if isinstance(v, memoryview | bytes) else v for k, v in r.items()} for r in rows
    ]


# What somebody with the database does, who was invited as an assistant -----------------------------------

ALTERED = {
    "another role": "UPDATE accounts_invitation SET role = 'owner'",
    "another address": "UPDATE accounts_invitation SET email = 'mallory@example.org'",
    "a longer life": "UPDATE accounts_invitation SET expires_at = expires_at + interval '1 year'",
    "no seal": "UPDATE accounts_invitation SET seal = NULL",
    "another seal": "UPDATE accounts_invitation SET role = 'owner', seal = sha256(seal)",
    "another row": "UPDATE accounts_invitation SET id = gen_random_uuid()",
    "the digest in another invitation": "WITH gone AS (DELETE FROM accounts_invitation "
    "RETURNING workspace_id, token_digest, expires_at, seal) INSERT INTO accounts_invitation "
    "SELECT gen_random_uuid(), 'boss@example.org', 'owner', now(), now(), workspace_id, now(), "
    "expires_at, seal, token_digest FROM gone",
}


@pytest.mark.parametrize("deed", ALTERED)
def test_an_altered_invitation_offers_nothing(
    deed: str, invite: Invite, dana: User, mailoutbox: Mailbox
) -> None:
    invite("mia@example.org", "assistant")
    link = link_in(mailoutbox[0])
    with inside(dana), connection.cursor() as cursor:
        cursor.execute(ALTERED[deed])
        assert cursor.rowcount == 1
    people = User.objects.count()
    browser = Browser()
    assert [browser.get(link).status_code, browser.post(link, {"name": "Mia"}).status_code] == [410, 410]
    assert not is_signed_in(browser)
    assert User.objects.count() == people


def test_an_invitation_of_another_practice_does_not_take_the_token(
    invite: Invite, omer: User, mailoutbox: Mailbox
) -> None:
    """Omer's own link, with the workspace in it exchanged for another one."""
    invite("mia@example.org", "assistant")
    token = link_in(mailoutbox[0]).rstrip("/").rpartition("/")[2]
    assert omer.workspace is not None
    moved = urlsafe_b64encode(omer.workspace.pk.bytes + urlsafe_b64decode(token)[16:]).decode()
    assert Browser().get(reverse("account_invitation", args=[moved])).status_code == 410


def test_links_from_before_say_so_and_are_sent_again(
    as_dana: Browser, dana: User, mailoutbox: Mailbox, invite: Invite
) -> None:
    with inside(dana) as scope:
        row = Invitation.objects.create(workspace=scope.workspace, email="mia@example.org")
    before = signing.dumps([str(row.workspace_id), str(row.pk)], salt="pazpaz.invitation")
    page = Browser().get(reverse("account_invitation", args=[before]))
    assert (page.status_code, "Ask for a new invitation." in page.text) == (410, True)
    assert "Mail not sent, try again" in as_dana.get(TEAM).text
    invite("mia@example.org")
    assert Browser().get(link_in(mailoutbox[0])).status_code == 200


def test_it_works_for_seven_days(invite: Invite, dana: User, mailoutbox: Mailbox) -> None:
    invite("mia@example.org")
    with time_machine.travel("2027-01-22 10:00Z"):
        assert Browser().get(link_in(mailoutbox[0])).status_code == 410


@pytest.mark.parametrize(
    "token", ["W10:forged:signature", "x", "A" * 64, "א" * 64, "A" * 5000, "%00", "===="]
)
def test_a_forged_link_offers_nothing(token: str, client: Browser, db: None) -> None:
    assert client.get(reverse("account_invitation", args=[token])).status_code == 410
    assert client.get(reverse("account_signin_link", args=[token])).status_code == 410


def test_an_address_that_got_an_account_meanwhile_is_told_so(
    invite: Invite, client: Browser, omer: User, mailoutbox: Mailbox
) -> None:
    invite("mia@example.org")
    User.objects.create_user("mia@example.org", workspace=omer.workspace)
    response = client.post(link_in(mailoutbox[0]), {"name": "Mia"})
    assert response.status_code == 409
    assert "This address has an account already." in response.text
    assert not is_signed_in(client)


def test_whoever_is_signed_in_signs_out_first(invite: Invite, as_omer: Browser, mailoutbox: Mailbox) -> None:
    invite("mia@example.org")
    link = link_in(mailoutbox[0])
    for response in (as_omer.get(link), as_omer.post(link, {"name": "Omer"})):
        assert response.status_code == 409
    assert not User.objects.filter(email="mia@example.org").exists()


@pytest.mark.parametrize("who", ["as_noa", "as_avi"])
def test_only_owners_invite(who: str, request: pytest.FixtureRequest, mailoutbox: Mailbox) -> None:
    browser: Browser = request.getfixturevalue(who)
    assert browser.get(INVITE).status_code == 403
    assert browser.post(INVITE, {"email": "mia@example.org", "role": "owner"}).status_code == 403
    assert browser.post(reverse("accounts:withdraw", args=[uuid4()])).status_code == 403


def test_invitations_of_another_practice_are_404(as_dana: Browser, omer: User) -> None:
    with inside(omer):
        assert omer.workspace is not None
        theirs = omer.workspace.invitations.create(email="mia@example.org")
    assert as_dana.post(reverse("accounts:withdraw", args=[theirs.pk])).status_code == 404


def test_on_a_development_machine_a_mail_can_be_read_as_it_lies_there(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.EMAIL_BACKEND = "pazpaz.development.mail.DevelopmentBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    link = f"http://127.0.0.1:8000/invitations/{'token' * 30}/"
    send_mail("הזמנה", f"Künftig hier:\n\n{link}\n", "no-reply@localhost", ["mia@example.org"])
    [file] = tmp_path.iterdir()
    for kept in (file.read_text("utf-8"), capsys.readouterr().out):
        assert link in kept
        assert "Künftig hier:" in kept
