"""Exports of the event log: what left the system, and who took it."""

from collections.abc import Mapping

from cms.platform.store.uow import UnitOfWork
from province.call import Call


def note_export(opened: UnitOfWork, *, form: str, lines: int, filters: Mapping[str, str], call: Call) -> None:
    """Record that the actor takes these lines of the log as a file."""
    chosen: dict[str, object] = {f"filter_{name}": value for name, value in filters.items() if value}
    with opened as unit:
        unit.record(call.event("audit.exported", call.new_id(), form=form, lines=lines, **chosen))
        unit.commit()
