"""Signer that is away, or refuses: what waits for it, what is dropped, and what is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pkcs11
import pytest

from cms.alerts.messages import publisher
from cms.alerts.messages.alerts import AlertMessages
from cms.commands.messages import CommandPublisher
from cms.features import FEATURES
from cms.fleet.inbound.handler import InboundHandler
from cms.gateway import Gateway
from cms.platform.gateway.messages import MessageBuilder
from cms.platform.gateway.outbox_dispatcher import OutboxDispatcher
from cms.platform.gateway.uplink import Uplink
from cms.platform.signer.key_changes import import_keys
from cms.platform.signer.keys import named_keys
from cms.platform.signer.local import LocalSigner
from cms.platform.signer.policy import SigningPolicy
from cms.platform.signer.port import NotSignedError, Signer, SigningRefusedError, UnsignedReason
from cms.platform.signer.stores import open_token, token_pin
from cms.platform.signer.token_keys import PAUSE_MAX_S, TokenKeys
from cms.platform.store.heartbeats import ProcessDetail
from cms.platform.store.kinds import OutboxKind
from devices.commands.lifecycle import NOT_SENT, NOT_SIGNED
from devices.commands.model import CommandKind, CommandState
from devices.commands.table import SPECS
from devices.protocol import topics
from devices.protocol.messages import Command, KeyRole
from tests.integration.gateway.alarms import issued, lane_of
from tests.integration.gateway.command_harness import ask, only
from tests.integration.gateway.people import staff
from tests.integration.gateway.platform.test_uplink import asrun, count, event_names, said, sounded
from tests.integration.gateway.station import LOA_1, LOA_2, LOA_3, XA_1, Station, approved
from tests.softhsm import soft_token


@dataclass
class MoodySigner:
    """Signer that signs only while it has no error."""

    within: Signer
    error: Exception | None = None
    refused: bytes = b""
    """Part of a message that is refused; empty: none is."""

    def sign(self, role: KeyRole, kind: str, payload: bytes) -> bytes:
        if self.error is not None:
            raise self.error
        if self.refused and self.refused in payload:
            raise REFUSED
        return self.within.sign(role, kind, payload)

    def trouble(self) -> str:
        return "" if self.error is None else UnsignedReason.AWAY


AWAY = NotSignedError(UnsignedReason.AWAY)
REFUSED = SigningRefusedError("no")


@pytest.fixture
def signer(station: Station) -> MoodySigner:
    moody = MoodySigner(station.context.keyring.signer)
    keyring = replace(station.context.keyring, signer=moody)
    station.context = replace(station.context, keyring=keyring)
    station.alerts, station.letters = AlertMessages(keyring), MessageBuilder(keyring, "")
    return moody


@pytest.fixture
def at_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publisher, "RETRY_S", 0)
        yield


@pytest.mark.usefixtures("at_once")
def test_an_alert_waits_for_the_signer_and_then_goes_out_once(station: Station, signer: MoodySigner) -> None:
    signer.error = AWAY
    order, lane = issued(station), lane_of(station)
    for _ in range(3):
        lane.send()
    assert station.link.published == []
    signer.error = None
    lane.send()
    lane.send()
    assert [each.read(Command).cid for each in station.link.published] == [order.id]
    assert station.due() == []


@pytest.mark.usefixtures("at_once")
def test_an_alert_waits_for_a_token_that_is_unplugged_and_goes_out_once_it_is_back(
    station: Station, signer: MoodySigner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, card = station.context.settings, soft_token(tmp_path / "hsm", monkeypatch)
    settings = card.settings(home.root)
    assert list(import_keys(settings, with_root=False)) == ["plan", "alert", "drill"]
    now_s = [0.0]
    keys = TokenKeys(
        lambda pin: open_token(settings, pin), token_pin(settings), named_keys(settings), monotonic=lambda: now_s[0]
    )
    signer.within = LocalSigner(keys, SigningPolicy())
    keys.tend()
    unplugged = card.objects.rename(tmp_path / "pocket")
    pkcs11.lib(str(card.module)).finalize()  # the module forgets the card that was taken out
    order, lane = issued(station), lane_of(station)
    for _ in range(3):
        lane.send()
    assert station.link.published == []
    unplugged.rename(card.objects)
    now_s[0] += 2 * PAUSE_MAX_S
    keys.tend()
    lane.send()
    lane.send()
    assert [each.read(Command).cid for each in station.link.published] == [order.id]
    assert station.due() == []
    keys.close()


def test_an_alert_that_is_never_signed_is_dropped_and_its_approver_is_told(
    station: Station, signer: MoodySigner
) -> None:
    signer.error = REFUSED
    issued(station)
    assert lane_of(station).send() == 1
    assert station.link.published == []
    assert (station.due(), event_names(station)) == ([], ["alert.not_sent"])


def test_other_messages_wait_and_a_refused_one_holds_up_nobody(station: Station, signer: MoodySigner) -> None:
    out = OutboxDispatcher(station.context, station.link, station.letters, lambda _: None, FEATURES)
    station.ask(OutboxKind.CANCEL, XA_1, {"refs": ["b1/2026-03-02T09:30"]})
    signer.error = AWAY
    assert out.step() == 0
    assert len(station.due()) == 1
    signer.error = REFUSED
    assert out.step() == 1
    assert (station.due(), station.link.published) == ([], [])


def test_a_remote_command_waits_for_the_signer_until_its_time_has_passed(station: Station, signer: MoodySigner) -> None:
    staff(station)
    waiting, late = ask(station, CommandKind.RESYNC), ask(station, CommandKind.RESYNC, LOA_2)
    desk, signer.error = CommandPublisher(station.context, station.link), AWAY
    assert desk.step() == 0
    assert {only(station, each).state for each in (waiting, late)} == {CommandState.QUEUED}
    signer.error = None
    assert desk.step() == 2
    unsigned = ask(station, CommandKind.RESYNC, LOA_3)
    signer.error = AWAY
    station.pass_by(seconds=SPECS[CommandKind.RESYNC].lasts.total_seconds())
    desk.step()
    assert only(station, unsigned).code == NOT_SENT


def test_a_remote_command_that_is_never_signed_ends_and_holds_up_nobody(station: Station, signer: MoodySigner) -> None:
    staff(station)
    refused, other = ask(station, CommandKind.RESYNC), ask(station, CommandKind.RESYNC, LOA_2)
    signer.refused = only(station, refused).id.encode()
    assert CommandPublisher(station.context, station.link).step() == 1
    assert (only(station, refused).state, only(station, refused).code) == (CommandState.EXPIRED, NOT_SIGNED)
    assert only(station, other).state is CommandState.SENT


def test_a_report_whose_answer_is_not_signed_is_not_lost(station: Station) -> None:
    approved(station)
    handler = InboundHandler(station.context, station.letters, station.alerts)
    hears, message = Uplink(station.context, handler), said(topics.device_event(LOA_1), asrun(sounded()))

    def unsigned(*_: object) -> list[object]:
        raise AWAY

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handler, "apply", unsigned)
        with pytest.raises(NotSignedError):
            hears.store([message])
    hears.store([message])
    assert count(station, "as_runs") == 1


def test_the_gateway_reports_what_its_signer_does(station: Station, signer: MoodySigner) -> None:
    gateway = Gateway(station.context, FEATURES)
    assert gateway.reported(ProcessDetail()).unsigned == ""
    signer.error = AWAY
    found = gateway.reported(ProcessDetail())
    assert (found.unsigned, found.broker is None) == (UnsignedReason.AWAY, False)
