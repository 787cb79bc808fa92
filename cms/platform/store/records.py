"""Repositories of values that have a key: found, read, added and saved alike, whatever their table."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar, get_args

from sqlalchemy import ColumnElement, Select, bindparam, delete, select, update
from sqlalchemy.orm import QueryableAttribute

from cms.platform.store.columns import Base
from cms.platform.store.insert_or_update import add_rows
from cms.platform.store.rows import among, change, columns_of, fields_of_rows, names_of, value_of
from cms.platform.store.uow import Repository
from province.errors import ConflictError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    class VersionedValue(DataclassInstance, Protocol):
        """Frozen value with optimistic locking."""

        @property
        def version(self) -> int: ...


K = TypeVar("K")
V = TypeVar("V", bound="DataclassInstance")
W = TypeVar("W", bound="VersionedValue")
SortKey = ColumnElement[Any] | QueryableAttribute[Any]


@cache
def _by_key(row: type[Base], key: str) -> Select[Any]:
    """Build the query for one row, once: building it takes longer than the database takes to answer."""
    return select(row).where(getattr(row, key) == bindparam("sought"))


class KeyedRepository(Repository, Generic[K, V]):
    """Repository of frozen values, kept in the rows of ``row``.

    ``noun`` names one in errors, ``key`` its column: ``class Stops(KeyedRepository[StopId, Stop], row=StopRow, …)``.
    """

    _kind: ClassVar[type[Any]]
    _row: ClassVar[type[Base]]
    _noun: ClassVar[str]
    _key: ClassVar[str]

    def __init_subclass__(cls, *, row: type[Base] = Base, noun: str = "", key: str = "id") -> None:
        super().__init_subclass__()
        _, cls._kind = next(filter(None, map(get_args, vars(cls)["__orig_bases__"])))
        cls._row, cls._noun, cls._key = row, noun, key

    def find(self, key: K) -> V | None:
        return self._found(self._kind, _by_key(self._row, self._key), sought=key)

    def get(self, key: K) -> V:
        """Return the value of this key. Raises NotFoundError."""
        found: V = self._got(self._kind, _by_key(self._row, self._key), self._noun, str(key), sought=key)
        return found

    def get_many(self, keys: Iterable[K]) -> dict[K, V]:
        """Return the existing ones, by key."""
        wanted = list(keys)
        rows = self._session.scalars(select(self._row).where(among(self._column(self._key), wanted))) if wanted else ()
        return {getattr(row, self._key): value_of(self._kind, row) for row in rows}

    def add(self, value: V) -> None:
        self.add_many([value])

    def add_many(self, values: Iterable[V]) -> None:
        add_rows(self._session, self._row, map(self._columns, values))

    def put(self, value: V) -> None:
        """Add the value, or replace the one of the same key."""
        self.remove(getattr(value, self._key))
        self.add(value)

    def remove(self, key: K) -> None:
        change(self._session, delete(self._row).where(self._column(self._key) == key))

    def _first(self, *where: ColumnElement[bool], order: Sequence[SortKey] = ()) -> V | None:
        """Return the first value for which all of this is true."""
        return self._found(self._kind, select(self._row).where(*where).order_by(*order).limit(1))

    def _list(
        self, *where: ColumnElement[bool], order: Sequence[SortKey] = (), limit: int | None = None
    ) -> Sequence[V]:
        """List the values for which all of this is true, past the ORM: a province has hundreds of most."""
        kind: type[V] = self._kind
        query = fields_of_rows(kind, self._row).where(*where).order_by(*order).limit(limit)
        names = names_of(kind)  # some values take their fields by name only
        rows = self._session.connection().execute(query)
        return [kind(**dict(zip(names, row, strict=True))) for row in rows]

    def _columns(self, value: V) -> dict[str, Any]:
        """Return the columns of a value; a subclass adds what is only stored for queries."""
        return columns_of(value)

    def _column(self, name: str) -> QueryableAttribute[Any]:
        column: QueryableAttribute[Any] = getattr(self._row, name)
        return column


class VersionedRepository(KeyedRepository[K, W]):
    """Repository of values with optimistic locking: a change is made to the present version."""

    def save(self, value: W) -> None:
        """Store a value whose ``version`` is one above the stored one; else raises ConflictError."""
        key = getattr(value, self._key)
        is_it = (self._column(self._key) == key, self._column("version") == value.version - 1)
        if change(self._session, update(self._row).where(*is_it).values(self._columns(value))) != 1:
            raise ConflictError(self._noun, str(key), value.version - 1, self.get(key).version)
