"""Hazard tables of the province: load one from a file, restore an earlier one; each version is kept."""

from collections.abc import Sequence

from broadcast.alerts.hazards import of_province
from broadcast.alerts.model import HazardTableVersion
from cms.alerts.repository.alerts import HazardTables
from cms.areas.repository import Places
from cms.platform.store.uow import UnitOfWork
from province.call import Call
from province.errors import NotFoundError
from province.people import Action

NATIONAL_VERSION = 0
"""Version that stands for the national table, without one of the province."""


def versions(uow: UnitOfWork) -> Sequence[HazardTableVersion]:
    """Return every version, newest first; the newest is in force."""
    with uow:
        return uow[HazardTables].all()


def load(uow: UnitOfWork, *, text: str, call: Call) -> HazardTableVersion | None:
    """Put the table of a file into force; None: it says what is in force already.

    Raises:
        TableFileError: the file is no valid table; nothing has changed.
        NotAllowedError: no right to manage users in all of the province.
    """
    table = of_province(text)
    return _put(uow, table.name, text, "loaded", call)


def restore(uow: UnitOfWork, version: int, *, call: Call) -> HazardTableVersion | None:
    """Put an earlier version into force again, as a version of its own; 0: the national table alone.

    Raises:
        NotFoundError: no such version.
        TableFileError: that version is not valid any more.
        NotAllowedError: no right to manage users in all of the province.
    """
    if version == NATIONAL_VERSION:
        return _put(uow, "", "", "restored", call)
    old = next((each for each in versions(uow) if each.version == version), None)
    if old is None:
        raise NotFoundError("hazard_table", str(version))
    of_province(old.text)
    return _put(uow, old.name, old.text, "restored", call)


def _put(uow: UnitOfWork, name: str, text: str, verb: str, call: Call) -> HazardTableVersion | None:
    with uow:
        tree = uow[Places].tree()
        call.require(Action.USER_MANAGE, [area.id for area in tree.children(None) if area.valid_to is None], tree)
        before = next(iter(uow[HazardTables].all()), None)
        if text == ("" if before is None else before.text):
            return None
        table = HazardTableVersion(
            version=1 + (0 if before is None else before.version),
            name=name,
            text=text,
            loaded_at=call.now,
            loaded_by=call.actor.user_id,
            loaded_by_name=call.actor.name,
        )
        uow[HazardTables].add(table)
        detail = {"version": table.version, "name": name, "source": of_province(text).source}
        uow.record(call.event(f"hazard_table.{verb}", "hazard_table", **detail))
        uow.commit()
    return table
