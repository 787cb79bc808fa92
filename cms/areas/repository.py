"""Repository of the tree of areas and of areas' own settings."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Self

from sqlalchemy import Dialect, delete, select, update
from sqlalchemy.orm import Session

from broadcast.scheduling.area_rules import AreaRules, ExemptionState
from broadcast.scheduling.quotas import effective
from cms.areas.tables import AreaContactsRow, AreaKindRow, AreaOutlineRow, AreaRow, AreaRulesRow, ExemptionRow
from cms.platform.store.insert_or_update import add_rows, put_rows
from cms.platform.store.rows import Stored, TableCache, among, change, columns_of
from cms.platform.store.uow import Repository, UnitOfWork
from province.areas import Area, AreaId, AreaTree, Outline
from province.contacts import Contact, Contacts

_AREAS = TableCache(Area, AreaRow, limit=4096)


@lru_cache(maxsize=4)
def _tree_of(dialect: Dialect, rows: tuple[Stored, ...]) -> AreaTree:
    """Build the tree, once for all pages of a process, until an area changes."""
    return AreaTree(_AREAS.value(dialect, row) for row in rows)


class Places(Repository):
    """The tree of areas, loaded and reformed here, and each area's own settings. ``tree``: if it was read already."""

    def __init__(self, session: Session, tree: AreaTree | None = None) -> None:
        super().__init__(session)
        self._tree = tree
        self._rules: dict[AreaId, AreaRules] | None = None
        self._exempt_on: dict[AreaId, list[date]] = {}
        self._contacts: dict[AreaId, tuple[Contact, ...]] | None = None

    def tree(self) -> AreaTree:
        if self._tree is None:
            self._tree = _tree_of(self._session.connection().dialect, tuple(_AREAS.rows(self._session)))
        return self._tree

    def outlines(self) -> dict[AreaId, Outline]:
        """Return the outlines of areas that have one."""
        return {row.area_id: row.rings for row in self._session.scalars(select(AreaOutlineRow))}

    def set_outlines(self, outlines: Mapping[AreaId, Outline]) -> None:
        """Replace the outlines of these areas."""
        self._session.execute(delete(AreaOutlineRow).where(among(AreaOutlineRow.area_id, list(outlines))))
        rows = ({"area_id": area_id, "rings": rings} for area_id, rings in outlines.items())
        add_rows(self._session, AreaOutlineRow, rows)

    def kinds(self) -> dict[str, bool]:
        """Return of each kind of area whether such areas run a station of their own."""
        rows = self._session.scalars(select(AreaKindRow))
        return {row.kind: row.is_commune for row in rows}

    def commune_kinds(self) -> frozenset[str]:
        """Return the kinds of areas that run a station of their own: they have an inbox."""
        return frozenset(kind for kind, is_commune in self.kinds().items() if is_commune)

    def set_kind(self, kind: str, *, is_commune: bool) -> None:
        put_rows(self._session, AreaKindRow, [{"kind": kind, "is_commune": is_commune}])

    def rules(self, area_id: AreaId) -> AreaRules:
        """Return the effective rules: of the nearest area that sets any, else the default; the strictest quota wins."""
        if self._rules is None:
            self._rules = {row.area_id: row.rules for row in self._session.scalars(select(AreaRulesRow))}
            self._exempt_on = self._confirmed()
        own, chain = self._rules, self.tree().chain(area_id)
        exempt_on = (on for above in chain for on in self._exempt_on.get(above, ()))
        return effective((own[above] for above in chain if above in own), exempt_on)

    def own_rules(self, area_id: AreaId) -> AreaRules | None:
        """Return the rules set at this very area."""
        row = self._session.get(AreaRulesRow, area_id)
        return None if row is None else row.rules

    def areas_with_rules(self) -> frozenset[AreaId]:
        """Return the areas that set rules themselves."""
        return frozenset(self._session.scalars(select(AreaRulesRow.area_id)))

    def forget_rules(self) -> None:
        """Drop the cached rules; they are read again when next asked for."""
        self._rules = None

    def _confirmed(self) -> dict[AreaId, list[date]]:
        found: dict[AreaId, list[date]] = {}
        for row in self._session.scalars(select(ExemptionRow).where(ExemptionRow.state == ExemptionState.CONFIRMED)):
            found.setdefault(row.area_id, []).append(row.on)
        return found

    def set_rules(self, area_id: AreaId, rules: AreaRules) -> None:
        self.tree().get(area_id)
        put_rows(self._session, AreaRulesRow, [{"area_id": area_id, "rules": rules}])
        self._rules = None

    def contacts(self, area_id: AreaId) -> Contacts:
        """Return the effective contacts: of the nearest area, itself or above it, that has any entered."""
        if self._contacts is None:
            self._contacts = {row.area_id: row.people for row in self._session.scalars(select(AreaContactsRow))}
        for above in self.tree().chain(area_id):
            if self._contacts.get(above):
                return Contacts(above, self._contacts[above])
        return Contacts()

    def own_contacts(self, area_id: AreaId) -> tuple[Contact, ...]:
        """Return the contacts entered at this very area."""
        found = self.contacts(area_id)
        return found.people if found.area_id == area_id else ()

    def set_contacts(self, area_id: AreaId, people: tuple[Contact, ...]) -> None:
        put_rows(self._session, AreaContactsRow, [{"area_id": area_id, "people": people}])
        self._contacts = None

    def add(self, areas: Iterable[Area]) -> None:
        """Insert areas, parents before children."""
        add_rows(self._session, AreaRow, map(columns_of, areas))
        self._tree = None

    def close(self, area_ids: Iterable[AreaId], on: date) -> None:
        """Set the first day out of force of areas still open; nothing is ever deleted."""
        is_open = (AreaRow.id.in_(list(area_ids)), AreaRow.valid_to.is_(None))
        change(self._session, update(AreaRow).where(*is_open).values(valid_to=on))
        self._tree = None

    def succeed(self, area_id: AreaId, predecessors: tuple[AreaId, ...]) -> None:
        """Store the predecessors of an area."""
        change(self._session, update(AreaRow).where(AreaRow.id == area_id).values(predecessors=predecessors))
        self._tree = None


class PlacedRepository(Repository):
    """Base of repositories that ask the tree of areas, or its settings."""

    def __init__(self, session: Session, places: Places) -> None:
        super().__init__(session)
        self._places = places

    @classmethod
    def within(cls, unit: UnitOfWork) -> Self:
        return cls(unit.session, unit[Places])
