"""Queries compiled once: the ORM writes the SQL at the first use, PostgreSQL keeps it (see `prepared`).

    _PAGE = CompiledQuery(lambda: SessionNote.objects.filter(workspace=Param("workspace"), pk=Param("id")))
    note = _PAGE.first(workspace=workspace, id=note_id)

After that only the values are handed over. To build a queryset and compile it takes several times as long as
PostgreSQL needs for the query, and of that half goes into parsing and planning. This is for the few queries
of the pages that people wait for, and only for those whose shape is always the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.query import get_related_populators

from pazpaz.database.prepared import prepared_cursor


class Param(models.Expression):
    """The place of a value that is known only when the query runs.

    To be computed with, it must say what it is (`output_field`). Lists go with `among()`.
    """

    def __init__(self, name: str, output_field: models.Field[Any, Any] | None = None) -> None:
        super().__init__(output_field)
        self.name = name

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Param:
        return self

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, Sequence[Any]]:  # type: ignore[override]
        return "%s", [self]


def among(column: str, values: Param) -> models.Func:
    """Return the condition that a column holds one of a list of values."""
    return models.Func(
        models.F(column),
        values,
        template="%(expressions)s)",
        arg_joiner=" = ANY(",
        output_field=models.BooleanField(),
    )


class _Compiled[M: models.Model, P: _Plan]:
    """A queryset whose SQL is kept, one plan for each database it runs on.

    `build` returns the queryset, with a Param wherever a value goes. It is called once in the life of a
    process: nothing in it may depend on the request, neither language nor time zone (`__date`). A Param that
    is NULL compares as in SQL, with nothing. prefetch_related() does not work here.
    """

    make_plan: Callable[[models.QuerySet[M, Any], str], P]

    def __init__(self, build: Callable[[], models.QuerySet[M, Any]]) -> None:
        self._build = build
        self._plans: dict[str, P] = {}

    @cached_property
    def _queryset(self) -> models.QuerySet[M, Any]:
        return self._build()

    def _plan(self) -> P:
        alias = self._queryset.db
        plan = self._plans.get(alias)
        if plan is None:
            plan = self._plans[alias] = self.make_plan(self._queryset, alias)
        return plan


class CompiledQuery[M: models.Model](_Compiled[M, "_InstancePlan[M]"]):
    """A compiled queryset of instances; select_related(), only(), defer() and annotate() work."""

    def rows(self, **values: Any) -> list[M]:
        """Run it and return its instances.

        A model instance given as a value stands for its id, and becomes the related object of all rows that
        point to it with a foreign key of that name. Raises KeyError when a value is missing.
        """
        given = {name: value for name, value in values.items() if isinstance(value, models.Model)}
        rows = self._plan().instances(values | {name: instance.pk for name, instance in given.items()})
        for name, instance in given.items():
            _relate(rows, name, instance)
        return rows

    def first(self, **values: Any) -> M | None:
        """Run it and return its first instance, or None."""
        rows = self.rows(**values)
        return rows[0] if rows else None

    def make_plan(self, queryset: models.QuerySet[M, Any], alias: str) -> _InstancePlan[M]:
        return _InstancePlan(queryset, alias)


class CompiledValues[M: models.Model](_Compiled[M, "_Plan"]):
    """A compiled values_list()."""

    def rows(self, **values: Any) -> list[Any]:
        """Run it and return its rows, sequences of values. Raises KeyError when a value is missing."""
        return self._plan().rows(values)

    def make_plan(self, queryset: models.QuerySet[M, Any], alias: str) -> _Plan:
        return _Plan(queryset, alias)


class _Plan:
    """What compiling found out: the SQL with its parameters, and what the columns are converted with."""

    def __init__(self, queryset: Any, alias: str) -> None:
        if queryset._prefetch_related_lookups:
            raise TypeError("A compiled query runs alone: leave out prefetch_related().")
        # The compiler is not kept: it holds the connection of the thread that was here first.
        compiler = queryset.query.chain().get_compiler(using=alias)
        self._alias = alias
        self._sql, self._params = compiler.as_sql()
        columns = [column for column, *_ in compiler.select]
        self._converters = tuple(compiler.get_converters(columns).items())
        self._learn(queryset, compiler)

    def _learn(self, queryset: Any, compiler: Any) -> None:
        """Note what else is needed of the compiler."""

    def rows(self, values: Mapping[str, Any]) -> list[Any]:
        params = [values[param.name] if isinstance(param, Param) else param for param in self._params]
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


class _InstancePlan[M: models.Model](_Plan):
    """And how a row becomes an instance."""

    def _learn(self, queryset: Any, compiler: Any) -> None:
        if queryset._fetch_mode.track_peers:
            raise TypeError("A compiled query fetches no peers: they would be those of other requests.")
        if queryset._fields is not None:
            raise TypeError("This query has no instances: use CompiledValues.")
        info, select = compiler.klass_info, compiler.select
        own = info["select_fields"]
        self._own = slice(own[0], own[-1] + 1)
        self._model: type[M] = info["model"]
        self._names = [column.target.attname for column, *_ in select[self._own]]
        self._fetch_mode = queryset._fetch_mode
        self._related = get_related_populators(info, select, self._alias, self._fetch_mode)
        self._annotations = tuple(compiler.annotation_col_map.items())

    def instances(self, values: Mapping[str, Any]) -> list[M]:
        return [self._instance(row) for row in self.rows(values)]

    def _instance(self, row: Sequence[Any]) -> M:
        instance = self._model.from_db(self._alias, self._names, row[self._own], fetch_mode=self._fetch_mode)
        for populator in self._related:
            populator.populate(row, instance)
        for name, position in self._annotations:
            setattr(instance, name, row[position])
        return instance


def _relate(rows: Iterable[models.Model], name: str, instance: models.Model) -> None:
    for row in rows:
        keys = [field for field in row._meta.concrete_fields if field.name == name]
        for key in keys:
            if isinstance(key, models.ForeignKey) and row.__dict__.get(key.attname) == instance.pk:
                setattr(row, name, instance)
