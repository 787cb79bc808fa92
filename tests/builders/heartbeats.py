"""Heartbeats of the server's processes, as these would write them."""

from __future__ import annotations

from collections.abc import Sequence

from cms.platform.context import Context
from cms.platform.readiness import SILENT_AFTER_S
from cms.platform.store.heartbeats import BrokerState, ProcessDetail, ProcessHeartbeat, write_heartbeat


def beat(
    context: Context,
    programs: Sequence[str] = tuple(SILENT_AFTER_S),
    *,
    broker: BrokerState | None = None,
    stuck: Sequence[str] = (),
    unsigned: str = "",
) -> None:
    """Write a heartbeat of each program; ``broker`` and ``unsigned`` are the gateway's report."""
    now = context.now()
    with context.uow() as unit:
        for program in programs:
            state = (broker or BrokerState()) if program == "gateway" else None
            detail = ProcessDetail({"alerts": 0.1}, stuck, state, unsigned if program == "gateway" else "")
            write_heartbeat(unit.session, ProcessHeartbeat(program, now, now, detail))
        unit.commit()
