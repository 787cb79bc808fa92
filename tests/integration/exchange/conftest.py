from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from broadcast.alerts.model import Alert, AlertStatus
from cms.alerts.repository.alerts import Alerts
from cms.exchange.model import CapSender, ReceivedCap
from cms.exchange.repository.exchange import CapSenders
from cms.exchange.service.inbox import Inbox
from tests.console import START, Console, open_console
from tests.databases import database_url, engine, units
from tests.unit.exchange.messages import SENDER, signer

__all__ = ["database_url", "engine", "units"]


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with open_console(tmp_path / "loa") as console:
        yield console


@pytest.fixture
def inbox(console: Console) -> Inbox:
    context = console.context
    return Inbox(context.uow, context.content, context.voices, context.now, context.new_id)


def pinned(console: Console, sender: str = SENDER, *, signed_by: str | None = None, **changes: object) -> None:
    values: dict[str, object] = {
        "name": "Đài KTTV",
        "certificate_pem": signer(signed_by or sender).pem,
        "area_ids": (),
        "superior_of": (),
        "push_hash": "",
        "added_at": START,
        **changes,
    }
    with console.context.uow() as uow:
        uow[CapSenders].put(CapSender(sender, **values))  # type: ignore[arg-type]
        uow.commit()


def alert_of(console: Console, record: ReceivedCap) -> Alert:
    assert record.alert_id is not None
    with console.context.uow() as uow:
        return uow[Alerts].get(record.alert_id)


def made_active(console: Console, alert: Alert) -> Alert:
    """Set the alert's state to active, as if two people had sent it: only its state matters here."""
    active = replace(alert, status=AlertStatus.ACTIVE, version=alert.version + 1, approved_at=console.clock())
    with console.context.uow() as uow:
        uow[Alerts].save(active)
        uow.commit()
    return active
