"""Saved filters of the devices' list, by person and name; a filter is shared by sending its address."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode

from cms.fleet.repository.devices import SavedFilter, SavedFilters
from cms.platform.store.uow import UnitOfWork
from province.call import Call
from province.errors import NotFoundError, Problem, refuse, too_long
from province.people import Actor

NAME_MAX: Final = 60
KEPT_MAX: Final = 30


@dataclass(frozen=True)
class DeviceListQuery:
    """Filter of the list as its query string has it; it can be saved and sent to others."""

    words: str
    area: str
    kind: str
    link: str
    firmware: str
    speaks: str

    @property
    def address(self) -> dict[str, str]:
        named = {"q": self.words, "area": self.area, "kind": self.kind, "link": self.link}
        named |= {"firmware": self.firmware, "speaks": self.speaks}
        return {name: value for name, value in named.items() if value}

    @property
    def query(self) -> str:
        """Query string of the filter, as it is saved."""
        return urlencode(self.address)


def asked_of(named: Mapping[str, str]) -> DeviceListQuery:
    """Parse a query string's fields; others are ignored."""
    return DeviceListQuery(
        words=named.get("q", "").strip()[:80],
        area=named.get("area", "")[:40],
        kind=named.get("kind", "")[:40],
        link=named.get("link", "")[:40],
        firmware=named.get("firmware", "")[:80],
        speaks=named.get("speaks", "")[:40],
    )


def asked_by(kept: SavedFilter) -> DeviceListQuery:
    return asked_of(dict(parse_qsl(kept.query)))


def keep(uow: UnitOfWork, name: str, asked: DeviceListQuery, *, call: Call) -> SavedFilter:
    """Save the filter, replacing the actor's one of that name. Raises InvalidError with all problems."""
    said = name.strip()
    problems = too_long("name", said, NAME_MAX) if said else [Problem("name", "MISSING")]
    if not asked.address:
        problems = [Problem("name", "NOTHING_NARROWED")]
    with uow:
        filters = uow[SavedFilters]
        if len({each.name for each in filters.of(call.actor.user_id)} | {said}) > KEPT_MAX:
            problems.append(Problem("name", "TOO_MANY", {"max": KEPT_MAX}))
        refuse(problems)
        kept = SavedFilter(call.new_id(), call.actor.user_id, said, asked.query, call.now)
        filters.put(kept)
        uow.commit()
    return kept


def drop(uow: UnitOfWork, filter_id: str, *, actor: Actor) -> None:
    """Delete the filter. Raises NotFoundError: it is none of the actor's."""
    with uow:
        if not uow[SavedFilters].drop(actor.user_id, filter_id):
            raise NotFoundError("saved_filter", filter_id)
        uow.commit()
