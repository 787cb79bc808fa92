"""Inbound handler: the changes that each kind of device message makes, within one transaction."""

import logging
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from cms.accounts.queries import roster
from cms.alerts.inbound import Answers
from cms.alerts.messages.alerts import AlertMessages
from cms.alerts.messages.sync import AlertSync, Refusal
from cms.alerts.repository.orders import Orders
from cms.alerts.service import canary
from cms.areas.repository import Places
from cms.commands.inbound import CommandAnswers
from cms.firmware.repository import FirmwareRecords
from cms.firmware.service import driver
from cms.fleet.inbound import certificates
from cms.fleet.inbound.reconciling import KnownIds, Reconciler
from cms.fleet.queries.presence import StatusTable
from cms.fleet.repository.devices import Devices
from cms.local_alerts import inbound as local_reports
from cms.platform.context import Context
from cms.platform.gateway.inbound import InboundMessage
from cms.platform.gateway.messages import MessageBuilder, OutgoingMessage, to_ms
from cms.platform.gateway.outbox_handlers import OutboxMeans
from cms.platform.scheduler.clock_judge import ClockJudge
from cms.platform.store.events import SHARED
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from cms.schedule.messages import PlanMessages
from cms.schedule.service import as_run
from cms.schedule.service.as_run import LATEST_MS
from cms.stations.messages.outbox import StationMessages
from cms.stations.service import programme_reports
from devices.enrolment import CANARY_NAME
from devices.firmware.model import Installed
from devices.model import Device, DeviceId, DeviceKind, DeviceStatus
from devices.protocol.messages import Ack, CertificateRequest, DeviceEvent, State, SyncRequest
from devices.takeovers import Takeovers
from province.events import Event
from province.wall_clock import instant_of

log = logging.getLogger(__name__)

_ABOUT_ITSELF = (State, SyncRequest)
SHARED_EVERY: Final = timedelta(minutes=1)


class InboundHandler:
    """Handler that applies messages within a unit of work; returns the answers to send after the commit."""

    def __init__(
        self,
        context: Context,
        letters: MessageBuilder,
        alerts: AlertMessages,
        on_clockless: Callable[[Sequence[Refusal]], object] = lambda _: None,
        on_spoke: Callable[[Iterable[DeviceId], datetime], object] = lambda _devices, _at: None,
        *,
        on_behind: Callable[[], object] = lambda: None,
        clock: ClockJudge | None = None,
    ) -> None:
        self._context = context
        self._letters = letters
        self._alerts = alerts
        self._known = KnownIds()
        self._reconciler = Reconciler(letters.epoch, on_behind, self._known.orders)
        self._on_clockless = on_clockless
        self._on_spoke = on_spoke
        self._clock = clock
        self._takeovers = Takeovers()
        self._shared: dict[DeviceId, datetime] = {}

    def look_up(self, heard: Sequence[InboundMessage]) -> None:
        """Read the ids that these messages name, before the transaction that stores them takes the write lock."""
        self._known.look_up(self._context.engine, (word.body for word in heard))

    def apply(self, unit: UnitOfWork, heard: Sequence[InboundMessage], now: datetime) -> Sequence[OutgoingMessage]:
        """Apply every message in order, after ``look_up``.

        Messages of devices that are unknown or no longer in service change nothing.
        """
        self._on_spoke([word.device_id for word in heard if word.is_own], now)
        # Before the answers to the alerts that they tell of.
        self._known.orders.update(local_reports.take(unit, heard, now))
        said = Answers(unit, self._known.orders, now)
        acted = CommandAnswers(unit, self._context.keyring, self._context.content, now)
        heard = _answers_apart(unit, heard, said, now)
        devices = unit[Devices].get_many({word.device_id for word in heard})
        desk = PlanMessages(unit.session, self._letters, self._context.settings.plan_days)
        presence = StatusTable(unit.session, {word.device_id for word in heard if isinstance(word.body, _ABOUT_ITSELF)})
        orders: AlertSync | None = None
        stations: StationMessages | None = None
        told: list[tuple[Device, Ack]] = []
        urgent: list[OutgoingMessage] = []
        answers: list[OutgoingMessage] = []
        asked: set[tuple[OutboxKind, str]] = set()
        for word in heard:
            device = devices.get(word.device_id)
            if device is None or not _is_in_service(device):
                log.warning("message of a device that is not in service: %s", word.device_id)
                continue
            acted.take(device.id, word.body)
            match word.body:
                case State() as state:
                    self._state(unit, presence, device, state, now, is_retained=word.is_retained)
                case Ack() as ack:
                    told.append((device, ack))
                    answers += self._acked(unit, device, ack, now)
                case DeviceEvent() as event:
                    self._event(unit, device, event, said, now)
                case SyncRequest() as request:
                    _holds(presence, device, request, now)
                    self._compare_time(device, request, now)
                    asked |= self._reconciler.lacking(unit, desk, device, request, now)
                    if request.keyset < self._context.keyring.keyset_ver:
                        answers.append(self._letters.keys())
                    orders = orders or AlertSync(unit[Orders], unit[Places].tree(), self._alerts, now)
                    urgent += orders.missed(device, request.orders)
                    answers += desk.missed_cancels(device, now)
                    said.goes_on(device, orders.meant(device), orders.elsewhere(device, request.orders))
                    if device.kind is DeviceKind.STATION:
                        stations = stations or StationMessages(OutboxMeans(self._context, unit.session, self._letters))
                        answers += stations.missed(device, now)
        urgent += self._reconciler.unknown_ends(unit, _returned(heard, devices), self._alerts, now)
        as_run.acknowledge(unit, told, now, self._known.transmissions)
        answers += self._certified(unit, heard, devices, now)
        presence.flush()
        unit[FirmwareRecords].note_installed(_running(heard, devices, now))
        said.flush()
        answers += acted.flush()
        for kind, subject_id in sorted(asked):
            unit.outbox.add(kind, subject_id)
        self._on_clockless(said.without_clock)
        return [*urgent, *answers, *(self._synced(heard, devices) if self._may_tell_time(unit) else ())]

    def _compare_time(self, device: Device, request: SyncRequest, now: datetime) -> None:
        """Note the time reported by a device with a clock of its own."""
        if self._clock is not None and request.knows_time and request.ts <= LATEST_MS:
            self._clock.note(device.id, instant_of(request.ts), now)

    def _may_tell_time(self, unit: UnitOfWork) -> bool:
        """Return whether to send the time: not while the server's clock is in doubt, except for an alert in force."""
        return self._clock is None or not self._clock.is_in_doubt or bool(unit[Orders].open())

    def _acked(self, unit: UnitOfWork, device: Device, ack: Ack, now: datetime) -> Sequence[OutgoingMessage]:
        """Apply an answer that is about no known order."""
        _note(unit, device, ack, now)
        return [self._letters.resync_one(device.id, now)] if self._reconciler.asks(device, ack, now) else []

    def _certified(
        self, unit: UnitOfWork, heard: Sequence[InboundMessage], devices: Mapping[DeviceId, Device], now: datetime
    ) -> Sequence[OutgoingMessage]:
        known = [(devices[word.device_id], word) for word in heard if word.device_id in devices]
        if self._clock is not None and self._clock.is_in_doubt:
            # It would be valid from a wrong time on; the device asks again at its next connect.
            known = [(device, word) for device, word in known if not isinstance(word.body, CertificateRequest)]
        return certificates.take(unit, known, self._context, self._letters, now=now)

    def _synced(self, heard: Sequence[InboundMessage], devices: Container[DeviceId]) -> Iterable[OutgoingMessage]:
        """Yield the answers that end a sync: nothing more follows, and this is the time. Sent after the others."""
        for word in heard:
            if isinstance(word.body, SyncRequest) and word.body.nonce and word.device_id in devices:
                yield self._letters.synced(word.body.nonce, word.device_id, self._context.now())

    def _state(
        self,
        unit: UnitOfWork,
        presence: StatusTable,
        device: Device,
        state: State,
        now: datetime,
        *,
        is_retained: bool,
    ) -> None:
        """Update the presence. A birth is the device's own; a will is the broker's, and keeps the last-seen time.

        A retained message was not said now.
        """
        before = presence.get(device.id)
        told_at = datetime.fromtimestamp(min(state.ts, to_ms(now)) / 1000, UTC)
        is_online = state.st == "online"
        if is_online and not is_retained:
            self._born(unit, device, state, now)
        last = told_at if before is None else max(told_at, before.seen_at)
        presence.report(
            DeviceStatus(
                device_id=device.id,
                online=is_online,
                conn=state.conn,
                seen_at=now if is_online and not is_retained else last,
                firmware=state.fw,
                boot=state.boot,
                clock_offset_ms=state.clk_ms,
                plan_versions=before.plan_versions if before else (),
                officers_ver=before.officers_ver if before else None,
            ),
            since=last if is_retained else now,
        )

    def _born(self, unit: UnitOfWork, device: Device, state: State, now: datetime) -> None:
        """Record that two boxes share one key, at most once a minute per device."""
        if not self._takeovers.is_shared(device.id, state.boot, state.ts):
            return
        if now - self._shared.get(device.id, now - SHARED_EVERY) >= SHARED_EVERY:
            self._shared[device.id] = now
            detail: dict[str, object] = {"count": 1, "boot": state.boot}
            unit.record(Event(SHARED, device.id, now, "gateway", device.name, detail))

    def _event(self, unit: UnitOfWork, device: Device, event: DeviceEvent, said: Answers, now: datetime) -> None:
        if event.type == "asrun":
            if others := said.prove(device, event.records):
                as_run.record(unit, device, others, now, self._known.transmissions)
            return
        if event.type == "programme":
            programme_reports.hear(unit, device, event.words, now)
            return
        if event.type == "local":
            return
        detail: dict[str, object] = {"code": event.code, "detail": event.detail}
        unit.record(Event(f"device.{event.type}", device.id, now, device.id, device.name, detail))


def _note(unit: UnitOfWork, device: Device, ack: Ack, now: datetime) -> None:
    if ack.cid.startswith(driver.CID_PREFIX):
        driver.answered(unit, device.id, ack, now)
    if ack.cid and ack.code:
        log.info("device %s answered %s: %s %s", device.id, ack.cid, ack.st, ack.code)


def _running(heard: Sequence[InboundMessage], devices: Container[DeviceId], now: datetime) -> Collection[Installed]:
    """Return the installed firmware of the devices whose birth reports it."""
    told = {}
    for word in heard:
        if isinstance(word.body, State) and word.device_id in devices:
            found = driver.born(word.device_id, word.body, now)
            if found is not None:
                told[word.device_id] = found
    return told.values()


def _answers_apart(
    unit: UnitOfWork, heard: Sequence[InboundMessage], said: Answers, now: datetime
) -> Sequence[InboundMessage]:
    """Take out the canary's answers, and those to orders, which a whole province sends at once. Return the rest."""
    ours: list[tuple[DeviceId, Ack]] = []
    others: list[InboundMessage] = []
    for word in heard:
        if isinstance(word.body, Ack) and said.is_about_order(word.body):
            ours.append((word.device_id, word.body))
        elif word.device_id == CANARY_NAME:
            canary.note_answer(unit, word.body, now)
        else:
            others.append(word)
    if ours:
        who = roster(unit.session, {device_id for device_id, _ in ours})
        for device_id, ack in ours:
            if device_id in who:
                said.take(who[device_id], ack)
            else:
                log.warning("answer of an unknown device: %s", device_id)
    return others


def _is_in_service(device: Device) -> bool:
    return device.retired_at is None and not device.revoked


def _returned(heard: Sequence[InboundMessage], devices: Mapping[DeviceId, Device]) -> Collection[DeviceId]:
    """Return the devices in service that have just reconnected."""
    told = {word.device_id for word in heard if isinstance(word.body, SyncRequest)}
    return [name for name in told & devices.keys() if _is_in_service(devices[name])]


def _holds(presence: StatusTable, device: Device, request: SyncRequest, now: datetime) -> None:
    """Store the versions that the device holds with its presence, if it has one."""
    status = presence.get(device.id)
    if status is not None:
        held = tuple(sorted(request.manifests.items()))
        presence.report(replace(status, seen_at=now, plan_versions=held, officers_ver=request.officers))
