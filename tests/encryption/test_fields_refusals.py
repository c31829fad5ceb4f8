"""What a database cannot do with ciphertext is refused, and the sentence names the alternative."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import FieldError
from django.db.models import Case, Count, Exists, F, Max, OuterRef, Q, Subquery, Value, When, Window
from django.db.models.functions import Coalesce, Concat, Length, RowNumber, Upper

from clients.models import Client
from pazpaz.accounts.models import User, Workspace
from pazpaz.encryption.sealed import Sealed
from scheduling.models import Appointment
from sessions.models import SessionNote
from tests.cast import inside
from tests.encryption.columns import refused
from tests.factories import AppointmentFactory, ClientFactory

pytestmark = pytest.mark.django_db

LOOKUPS = [
    "exact",
    "iexact",
    "contains",
    "icontains",
    "startswith",
    "istartswith",
    "endswith",
    "iendswith",
    "in",
    "gt",
    "gte",
    "lt",
    "lte",
    "range",
    "regex",
    "iregex",
    "year",
    "length",
    "search",
]


@pytest.fixture(autouse=True)
def appointment(dana: User) -> Appointment:
    client = ClientFactory(workspace=dana.workspace, first_name="Yonatan", notes="knee")
    return AppointmentFactory(workspace=dana.workspace, client=client, notes="bring the scan")


@pytest.mark.parametrize("lookup", LOOKUPS)
def test_lookups_are_refused(dana: User, lookup: str) -> None:
    with inside(dana):
        for rows, path in (
            (Client.objects, "first_name"),
            (Appointment.objects, "client__first_name"),
            (Workspace.objects, "clients__first_name"),
            (SessionNote.objects, "appointment__client__date_of_birth"),
        ):
            for ask in (rows.filter, rows.exclude):
                with refused(FieldError, r"open_values\(\).*blind index"):
                    ask(**{f"{path}__{lookup}": ["a", "b"]})


ASKING: dict[str, Callable[[], Any]] = {
    "bare": lambda: Client.objects.filter(first_name="Yonatan"),
    "None": lambda: Client.objects.filter(email=None),
    "get": lambda: Client.objects.get(first_name="Yonatan"),
    "get_or_create": lambda: Client.objects.get_or_create(first_name="Yonatan"),
    "update_or_create": lambda: Client.objects.update_or_create(first_name="Yonatan", defaults={}),
    "Q": lambda: Client.objects.filter(Q(is_active=True) | Q(first_name="Yonatan")),
    "not Q": lambda: Client.objects.filter(~Q(first_name="Yonatan")),
    "F": lambda: Client.objects.filter(first_name=F("last_name")),
    "F on the right": lambda: Client.objects.filter(pk=F("last_name")),
    "F of a relation on the right": lambda: Appointment.objects.filter(status=F("client__last_name")),
    "expression on the right": lambda: Client.objects.filter(is_active=Coalesce("last_name", Value("x"))),
    "Exists": lambda: Client.objects.filter(Exists(Appointment.objects.filter(notes="x"))),
    "subquery": lambda: Client.objects.filter(pk__in=Client.objects.values("first_name")),
    "OuterRef": lambda: Client.objects.filter(
        Exists(Client.objects.filter(first_name=OuterRef("first_name")))
    ),
    "Case": lambda: Client.objects.annotate(x=Case(When(first_name="a", then=Value(1)), default=Value(2))),
    "filter of an aggregate": lambda: Client.objects.aggregate(n=Count("pk", filter=Q(first_name="a"))),
    "delete": lambda: Client.objects.filter(first_name="Yonatan").delete(),
    "exists": lambda: Client.objects.filter(first_name="Yonatan").exists(),
}


@pytest.mark.parametrize("question", ASKING)
def test_no_question_compares_ciphertext(dana: User, question: str) -> None:
    with inside(dana), refused(FieldError, "is encrypted and cannot be|would return .* sealed"):
        ASKING[question]()


def test_whether_there_is_a_value_may_be_asked(dana: User) -> None:
    with inside(dana):
        assert Client.objects.filter(email__isnull=True).count() == 1
        assert Client.objects.exclude(notes__isnull=False).count() == 0
        assert Appointment.objects.filter(client__email__isnull=True).count() == 1
        assert Client.objects.aggregate(n=Count("pk", filter=Q(email__isnull=True))) == {"n": 1}


ORDERS: dict[str, Callable[[], Any]] = {
    "name": lambda: Client.objects.order_by("first_name"),
    "descending": lambda: Client.objects.order_by("pk", "-last_name"),
    "F": lambda: Client.objects.order_by(F("first_name").asc()),
    "function": lambda: Client.objects.order_by(Upper("first_name").desc()),
    "related": lambda: Appointment.objects.order_by("client__last_name"),
    "related F": lambda: Appointment.objects.order_by(F("client__last_name")),
    "after a union": lambda: Client.objects.all().union(Client.objects.all()).order_by("first_name"),
    "latest": lambda: Client.objects.latest("first_name"),
    "earliest": lambda: Appointment.objects.earliest("-client__first_name"),
    "distinct": lambda: Client.objects.distinct("first_name"),
    "window": lambda: Client.objects.annotate(n=Window(RowNumber(), order_by=F("first_name").asc())),
}


@pytest.mark.parametrize("order", ORDERS)
def test_no_order_by_ciphertext(dana: User, order: str) -> None:
    with inside(dana), refused(FieldError, "is encrypted and cannot be"):
        ORDERS[order]()


COMPUTED: dict[str, Callable[[], Any]] = {
    "Max": lambda: Client.objects.aggregate(Max("first_name")),
    "Max of a relation": lambda: Appointment.objects.aggregate(Max("client__first_name")),
    "Count": lambda: Client.objects.aggregate(Count("first_name", distinct=True)),
    "F": lambda: Client.objects.annotate(x=F("first_name")),
    "F of a relation": lambda: Appointment.objects.annotate(x=F("client__first_name")),
    "Upper": lambda: Client.objects.annotate(x=Upper("first_name")),
    "Concat": lambda: Client.objects.annotate(x=Concat("first_name", Value(" "), "last_name")),
    "Length": lambda: Client.objects.alias(x=Length("notes")),
    "nested": lambda: Client.objects.annotate(x=Coalesce(Upper("first_name"), Value("x"))),
    "values": lambda: Client.objects.values("pk", "first_name"),
    "all values": lambda: Client.objects.values(),
    "values expression": lambda: Client.objects.values(x=Upper("first_name")),
    "values_list": lambda: Client.objects.values_list("first_name", flat=True),
    "values_list of everything": lambda: Client.objects.values_list(),
    "values_list expression": lambda: Client.objects.values_list(Upper("first_name")),
    "values of a relation": lambda: Appointment.objects.values("client__first_name"),
    "subquery of values": lambda: Appointment.objects.annotate(
        x=Subquery(Client.objects.values("notes")[:1])
    ),
    "dates": lambda: Client.objects.dates("date_of_birth", "year"),
    "group": lambda: Client.objects.values("first_name").annotate(Count("pk")),
}


@pytest.mark.parametrize("deed", COMPUTED)
def test_nothing_is_computed_with_ciphertext(dana: User, deed: str) -> None:
    with inside(dana), refused(FieldError, r"is encrypted and cannot be|use open_values\("):
        list(COMPUTED[deed]())


def test_values_of_other_columns_work(dana: User) -> None:
    with inside(dana):
        assert list(Client.objects.values_list("is_active", flat=True)) == [True]
        assert Client.objects.values("workspace").annotate(n=Count("pk"))[0]["n"] == 1


@pytest.mark.parametrize("manager", [Workspace.objects, Client._base_manager], ids=["of Workspace", "base"])
def test_other_managers_give_sealed_values_and_never_plaintext(dana: User, manager: Any) -> None:
    path = "clients__first_name" if manager.model is Workspace else "first_name"
    with inside(dana):
        [value] = manager.values_list(path, flat=True)
        assert isinstance(value, Sealed)
        assert "Yonatan" not in f"{value} {value!r} {vars(Sealed)}"
