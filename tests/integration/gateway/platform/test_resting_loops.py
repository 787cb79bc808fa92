"""Loops of the gateway that rest until a commit: only while nothing is pending."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from cms.commands import messages
from cms.commands.messages import CommandPublisher
from cms.fleet.jobs import access_control
from cms.fleet.jobs.access_control import CertificateRevoker
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.pending_look import REST_S
from devices.commands.model import CommandKind
from devices.errors import LinkError
from tests.integration.gateway.command_harness import ask
from tests.integration.gateway.people import staff
from tests.integration.gateway.station import LOA_1, Station
from tests.unit.test_commit_bell import Rests, once


def rest_s(station: Station, run: Callable[[Any, threading.Event], None]) -> float:
    """Return how long the loop may rest after one step."""
    bell = Rests(station.context.engine)
    bell.look()
    run(bell, threading.Event())
    (found,) = bell.rests
    assert found[0] == bell.number
    return max(0.0, found[1])


def test_remote_commands_rest_only_while_none_waits(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "keep_doing", once)
    staff(station)
    publisher = CommandPublisher(station.context, station.link)
    assert rest_s(station, publisher.run) == pytest.approx(REST_S, abs=1)
    station.link.is_ready = False
    ask(station, CommandKind.REBOOT)
    assert rest_s(station, publisher.run) == 0.0


def test_revocations_rest_only_while_none_waits(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise LinkError("away")

    monkeypatch.setattr(access_control, "keep_doing", once)
    station.context.settings.run_dir.mkdir(parents=True, exist_ok=True)
    revoker = CertificateRevoker(station.context, away)
    assert rest_s(station, revoker.run) == pytest.approx(REST_S, abs=1)
    with station.context.uow() as unit:
        unit.outbox.add(OutboxKind.REVOCATION, LOA_1)
        unit.commit()
    assert rest_s(station, revoker.run) == 0.0
