"""Queries compiled once: the ORM writes the SQL at the first use, PostgreSQL keeps it (see `prepared`).

    @compiled
    def note_with_people(workspace: Workspace, note_id: UUID) -> QuerySet[SessionNote]:
        return SessionNote.objects.filter(workspace=workspace, pk=note_id).select_related("author")

    note = note_with_people.first(workspace=workspace, note_id=note_id)

After that only the values are handed over. To build a queryset and compile it takes several times as long as
PostgreSQL needs for the query, and of that half goes into parsing and planning. This is for the few queries
of the pages that people wait for, and only for those whose shape is always the same. With COMPILED_QUERIES
off each function runs as it stands, as an ordinary queryset.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import update_wrapper
from typing import Any

from django.conf import settings
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.query import FlatValuesListIterable, get_related_populators

from pazpaz.database.prepared import prepared_cursor


def compiled[**P, Row](build: Callable[P, models.QuerySet[Any, Row]]) -> CompiledQuery[P, Row]:
    """Make a function that returns a queryset into a query that is compiled once.

    It is called with placeholders, so its positional parameters may only be handed to the queryset: nothing
    in it may look at them, nor at the request, language or time zone (`__date`). Those annotated `datetime`
    may be computed with. Lists go with `any_of()`. Keyword-only parameters are the shape: they come as they
    are, and each combination of them is compiled for itself, so they must be few. prefetch_related(), flat
    values and fetch_mode(FETCH_PEERS) are refused with TypeError at the first use.
    """
    return CompiledQuery(build)


def any_of(column: str, values: Collection[Any]) -> models.Q | models.Func:
    """Return the condition that a column holds one of a list of values."""
    if not isinstance(values, _Param):
        return models.Q((f"{column}__in", values))
    return models.Func(
        models.F(column),
        values,
        template="%(expressions)s)",
        arg_joiner=" = ANY(",
        output_field=models.BooleanField(),
    )


class CompiledQuery[**P, Row]:
    """A function that takes the arguments of the one it was made from, and returns the rows as a list.

    A model instance given as a value stands for its id, and becomes the related object of all rows that
    point to it with a foreign key of that name. None compares as in SQL, with nothing.
    """

    def __init__(self, build: Callable[P, models.QuerySet[Any, Row]]) -> None:
        update_wrapper(self, build)
        self._build: Callable[..., models.QuerySet[Any, Row]] = build
        self._signature = inspect.signature(build)
        parameters = self._signature.parameters.values()
        self._values = {each.name: each for each in parameters if each.kind is not each.KEYWORD_ONLY}
        self._shape = [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]
        self._names = {*self._values, *self._shape}
        self._plans: dict[tuple[Any, ...], _Plan] = {}

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> list[Row]:
        """Run it. Raises TypeError when an argument is missing or unknown, as any function does."""
        values: dict[str, Any] = {**dict(zip(self._values, args, strict=False)), **kwargs}
        if len(values) != len(args) + len(kwargs) or values.keys() != self._names:
            self._signature.bind(*args, **kwargs)  # says what is wrong
        shape = {name: values.pop(name) for name in self._shape}
        given = {name: value for name, value in values.items() if isinstance(value, models.Model)}
        if settings.COMPILED_QUERIES:
            rows = self._plan(shape).run(values | {name: instance.pk for name, instance in given.items()})
        else:
            rows = list(self._build(**values, **shape))
        for name, instance in given.items():
            _relate(rows, name, instance)
        return rows

    def first(self, *args: P.args, **kwargs: P.kwargs) -> Row | None:
        """Run it and return its first row, or None."""
        rows = self(*args, **kwargs)
        return rows[0] if rows else None

    def _plan(self, shape: Mapping[str, Any]) -> _Plan:
        key = tuple(shape.values())
        plan = self._plans.get(key)
        if plan is None:
            placeholders = {name: _Param(parameter) for name, parameter in self._values.items()}
            queryset: Any = self._build(**placeholders, **shape)
            kind = _Plan if queryset._fields is not None else _InstancePlan
            plan = self._plans[key] = kind(queryset)
        return plan


class _Param(models.Expression):
    """The place of a value that is known only when the query runs."""

    def __init__(self, parameter: inspect.Parameter) -> None:
        # To be computed with, a moment must say what it is.
        super().__init__(models.DateTimeField() if "datetime" in str(parameter.annotation) else None)
        self.name = parameter.name

    def resolve_expression(self, *args: Any, **kwargs: Any) -> _Param:
        return self

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, Sequence[Any]]:  # type: ignore[override]
        return "%s", [self]


class _Plan:
    """What compiling found out: the SQL with its parameters, and what the columns are converted with."""

    def __init__(self, queryset: Any) -> None:
        if queryset._prefetch_related_lookups:
            raise TypeError("A compiled query runs alone: leave out prefetch_related().")
        if issubclass(queryset._iterable_class, FlatValuesListIterable):
            raise TypeError("A compiled query returns rows: leave out flat=True.")
        self._alias = queryset.db
        # The compiler is not kept: it holds the connection of the thread that was here first.
        compiler = queryset.query.chain().get_compiler(using=self._alias)
        self._sql, self._params = compiler.as_sql()
        columns = [column for column, *_ in compiler.select]
        self._converters = tuple(compiler.get_converters(columns).items())
        self._learn(queryset, compiler)

    def _learn(self, queryset: Any, compiler: Any) -> None:
        """Note what else is needed of the compiler."""

    def run(self, values: Mapping[str, Any]) -> list[Any]:
        params = [values[param.name] if isinstance(param, _Param) else param for param in self._params]
        connection = connections[self._alias]
        with prepared_cursor(connection) as cursor:
            cursor.execute(self._sql, params)
            rows = cursor.fetchall()
        return [self._converted(list(row), connection) for row in rows] if self._converters else rows

    def _converted(self, row: list[Any], connection: BaseDatabaseWrapper) -> list[Any]:
        for position, (converters, expression) in self._converters:
            for convert in converters:
                row[position] = convert(row[position], expression, connection)
        return row


class _InstancePlan(_Plan):
    """And how a row becomes an instance."""

    def _learn(self, queryset: Any, compiler: Any) -> None:
        if queryset._fetch_mode.track_peers:
            raise TypeError("A compiled query fetches no peers: they would be those of other requests.")
        info, select = compiler.klass_info, compiler.select
        own = info["select_fields"]
        self._own = slice(own[0], own[-1] + 1)
        self._model: type[models.Model] = info["model"]
        self._names = [column.target.attname for column, *_ in select[self._own]]
        self._fetch_mode = queryset._fetch_mode
        self._related = get_related_populators(info, select, self._alias, self._fetch_mode)
        self._annotations = tuple(compiler.annotation_col_map.items())

    def run(self, values: Mapping[str, Any]) -> list[Any]:
        return [self._instance(row) for row in super().run(values)]

    def _instance(self, row: Sequence[Any]) -> models.Model:
        instance = self._model.from_db(self._alias, self._names, row[self._own], fetch_mode=self._fetch_mode)
        for populator in self._related:
            populator.populate(row, instance)
        for name, position in self._annotations:
            setattr(instance, name, row[position])
        return instance


def _relate(rows: Iterable[Any], name: str, instance: models.Model) -> None:
    for row in rows:
        if not isinstance(row, models.Model):
            return
        keys = [field for field in row._meta.concrete_fields if field.name == name]
        for key in keys:
            if isinstance(key, models.ForeignKey) and row.__dict__.get(key.attname) == instance.pk:
                setattr(row, name, instance)
