"""Device core: one event in, its effects out."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, assert_never

import msgspec

from devices.protocol import codec, topics
from devices.protocol.errors import ProtocolError, StaleError
from devices.protocol.keyset import TrustedKeys
from devices.protocol.live import SessionDoor
from devices.protocol.messages import Command, Desired, KeyRole, Manifest, PublicKey
from devices.protocol.topics import Topic, TopicKind
from devices.protocol.verdict import ALERT_PRIO
from firmware_sim.core.alerts.alert_player import AlertPlayer
from firmware_sim.core.alerts.speech_store import Digest, SpeechStore, sha256_of
from firmware_sim.core.boards.text_board import TextBoard
from firmware_sim.core.bridges.bridge import Bridge
from firmware_sim.core.clock.clock import Moment
from firmware_sim.core.clock.time_keeper import TimeKeeper
from firmware_sim.core.commands.command_handler import CommandHandler, ReadCommand, read_command
from firmware_sim.core.commands.held_alerts import HeldAlert
from firmware_sim.core.effects import Effect, WakeAt
from firmware_sim.core.events import (
    Connected,
    Connecting,
    ContentHeld,
    ContentSpoilt,
    Disconnected,
    Event,
    LocalStop,
    Measured,
    MessageDelivered,
    PowerOn,
    Probed,
    Sensed,
    SlotWritten,
    SoundEnded,
    SoundStarted,
    Woken,
)
from firmware_sim.core.firmware.bootloader import FACTORY, Running
from firmware_sim.core.firmware.firmware_update import FirmwareUpdate
from firmware_sim.core.health.telemetry_reporter import SoundSources, TelemetryReporter
from firmware_sim.core.live.live_address import LiveAddress, MakeDoor
from firmware_sim.core.maintenance.remote_commands import RemoteCommands
from firmware_sim.core.reports.report_queue import ReportQueue
from firmware_sim.core.schedule.item_player import ItemPlayer
from firmware_sim.core.schedule.plan_follower import PlanFollower
from firmware_sim.core.session.identity import Identity, Trust, newest_keys
from firmware_sim.core.session.link_session import LinkSession
from firmware_sim.core.sound.card_events import CardEvents
from firmware_sim.core.step import Step
from firmware_sim.storage.flash import Facts

HOUSEKEEPING_MS: Final = 3_600_000
SHORTEST_SLEEP_MS: Final = 5
COMMAND_TOPICS: Final = frozenset(
    {TopicKind.AREA_COMMAND, TopicKind.AREA_ALERT, TopicKind.AREA_DRILL, TopicKind.DEVICE_COMMAND}
)

# The same few topics come again and again.
_parse_topic = lru_cache(maxsize=1024)(topics.parse)


class DeviceCore:
    """One device from power-on to power-off. ``facts``: its state on flash; ``power``: the first event."""

    def __init__(
        self,
        identity: Identity,
        facts: Facts,
        power: PowerOn,
        local_ms: int,
        *,
        trust: Trust = TrustedKeys.from_root,
        digest: Digest = sha256_of,
        make_door: MakeDoor = SessionDoor,
        read: ReadCommand = read_command,
        running: Running = FACTORY,
    ) -> None:
        self._identity = identity
        self._step = Step(facts)
        self._time = TimeKeeper(self._step, identity.id, local_ms, is_known=power.clock_known)
        self._clock = self._time.clock
        self._reports = ReportQueue(self._step, self._clock, identity.id, power.nonce, running.version)
        self._session = LinkSession(self._step, self._clock, identity, power.nonce, running=running)
        self._time.beside(self._session, self._reports)
        self._time.on_changed = self._clock_put_right
        self._speaker = ItemPlayer(self._step, self._reports, self._clock)
        self._programme = PlanFollower(self._step, self._reports, self._speaker, identity.id, identity.content_url)
        self._shelf = SpeechStore(self._step, digest)
        self._shelf.base_url = lambda: self._programme.base_url
        self._alerts = AlertPlayer(self._step, self._reports, self._clock, self._shelf)
        self._live = LiveAddress(self._step, self._reports, self._clock, self._speaker, make_door)
        self._live.is_barred = lambda: self._alerts.holds_speaker
        self._live.wake_ms = self._alerts.amplifier.wake_ms
        self._speaker.bar = lambda: ALERT_PRIO if self._alerts.holds_speaker else self._live.bar
        self.acting = RemoteCommands(self._step, self._reports, self._clock, self._speaker, identity.id)
        self.acting.wake_ms, self.acting.on_resync = self._alerts.amplifier.wake_ms, self._ask_for_news
        self._health = TelemetryReporter(
            self._step,
            self._clock,
            identity.id,
            power.nonce,
            local_ms,
            fw=running.version,
            has_speaker=not identity.is_board,
            tests=self.acting.tests,
        )
        self._orders = CommandHandler(
            self._step,
            self._reports,
            self._speaker,
            self._alerts,
            identity,
            live=self._live,
            acting=self.acting,
            read=read,
        )
        self._orders.on_play = self._programme.fetch_sound
        self._orders.on_synced = self._synced
        self._orders.is_synced = lambda: self._session.is_synced
        self._installing = FirmwareUpdate(self._step, self._reports, running=running, model=identity.model)
        self._installing.beside(self._speaker, self._alerts, self._live, self._programme)
        self._orders.installing = self._installing
        self._programme.kept_besides = lambda: self._alerts.hashes() | self._installing.hashes()
        self._board = TextBoard(self._step, self._reports, self._clock) if identity.is_board else None
        if self._board is not None:
            self._board.beside(self._programme, self._orders)
        self._bridge = Bridge(self._step, self._reports, self._clock) if identity.is_bridge else None
        self._card = CardEvents(self._clock, self._speaker, self._alerts, self._live, self.acting, bridge=self._bridge)
        self.keys = newest_keys(identity, trust, self._step.text("doc", "keyset"))
        self._desired: Desired | None = None
        self._parts = SoundSources(self._speaker, self._alerts, self._live, self._programme, self.acting)
        self._tidy_at = 0
        self._wake_at: int | None = None

    @property
    def obeyed(self) -> int:
        """Number of commands accepted in this boot, receipts excluded."""
        return self._orders.obeyed

    def handle(self, event: Event, local_ms: int) -> list[Effect]:
        """Handle an event; return its effects in order. ``local_ms`` is the hardware's clock, in ms."""
        return [*self.meet(event, local_ms), *self.settle(local_ms)]

    def meet(self, event: Event, local_ms: int) -> list[Effect]:
        """Handle the urgent part of an event: judge and obey a command, begin a siren. ``settle`` must follow soon."""
        now = self._clock.now(local_ms)
        self._time.at(local_ms)
        self._meet(event, now, local_ms)
        return self._let_through(local_ms if now is None else now)

    def settle(self, local_ms: int) -> list[Effect]:
        """Handle the rest: work that is due by now, reports, and the next wake-up."""
        now = self._clock.now(local_ms)
        told_at = local_ms if now is None else now
        self._time.at(local_ms)
        for held in self._orders.waiting.due(told_at):
            self._judge_held(held)
        if now is not None:
            self._advance(now)
        if self._orders.waiting.wants_answer or self._time.is_due(local_ms):
            self._ask_for_news(told_at)
        self._installing.advance(now, local_ms)
        first = self._let_through(told_at)
        if self._bridge is not None:
            self._bridge.advance(told_at)
        self._reports.send_due(told_at)
        self._sleep(told_at, is_sure=now is not None)
        return [*first, *self._step.take()]

    def _let_through(self, now: int) -> list[Effect]:
        """Return the effects since the last call; a bridge's contact is closed before the sound that needs it."""
        done = self._step.take()
        return done if self._bridge is None else self._bridge.let_through(done, now)

    def _meet(self, event: Event, now: int | None, local_ms: int) -> None:
        told_at = local_ms if now is None else now
        match event:
            case PowerOn():
                self._power_on(event, told_at)
            case Connecting() | Connected() | Disconnected():
                self._link_changed(event, told_at)
            case MessageDelivered():
                self._deliver(event, now, local_ms)
            case ContentHeld():
                self._alerts.held(event.sha256)
                if self._board is not None:
                    self._board.held(event.sha256, event.data, now, told_at)
                self._programme.content_held(event.sha256, event.data, now, told_at)
            case ContentSpoilt():
                self._alerts.spoilt(event.sha256, told_at)
                self._programme.content_spoilt(event.sha256, told_at)
            case SoundStarted() | SoundEnded() | Probed() | Sensed() | SlotWritten():
                self._card.told(event, told_at)
            case LocalStop() | Measured():
                self._box_told(event, told_at)
            case Woken():
                self._wake_at = None
            case _:
                self._card.stream(event, told_at)
        self._installing.happened(event, told_at, local_ms)

    def _box_told(self, event: LocalStop | Measured, now: int) -> None:
        if isinstance(event, Measured):
            self._health.measured(event.vitals, now)
            self._installing.vitals = self.acting.vitals = event.vitals
        else:
            self._orders.local_stop(now)

    def _power_on(self, power: PowerOn, now: int) -> None:
        if text := self._step.text("doc", "desired"):
            self._follow(codec.decode(Desired, text.encode()))
        if power.clock_known and not self._step.number("counter", "first_on"):
            self._step.remember("counter", "first_on", now)
        if self._bridge is not None:
            self._bridge.power_on()
        self._alerts.power_on(now)
        self._speaker.power_on(now)
        self._orders.power_on()
        self.acting.power_on(now)
        self._health.began = self.acting.began
        self._programme.fetch_plans()
        if self._board is not None:
            self._board.power_on(now)
            self._board.fetch()

    def _link_changed(self, event: Connecting | Connected | Disconnected, now: int) -> None:
        match event:
            case Connecting():
                self._session.connect(now)
            case Connected():
                self._session.is_online, self._session.is_synced = True, False
                self._session.subscribe(self._desired)
                self._session.give_birth(now, event.cert)
                self._programme.forget_announced()
                if self._board is not None:
                    self._board.forget_announced()
                self._ask_for_news(now)
                self._reports.online(now)
                self._health.connected(now)
            case Disconnected():
                self._session.is_online = False
                self._reports.offline(now)
                self._health.disconnected()
            case _:
                assert_never(event)

    def _deliver(self, message: MessageDelivered, now: int | None, local_ms: int) -> None:
        if (topic := _parse_topic(message.topic)) is None or not message.payload:
            return  # an empty message clears a retained one
        told_at = local_ms if now is None else now
        if topic.kind in COMMAND_TOPICS:
            moment = Moment(now, told_at, self._clock.server_now(local_ms))
            self._orders.receive(message, topic.kind, moment, keys=self.keys, desired=self._desired)
            return
        if topic.kind is TopicKind.AREA_LIVE and now is not None:
            self._live.frame(message.topic, topic.session, message.payload, now)
            return
        try:
            self._take_in(topic, message.payload, now)
        except StaleError:
            return  # retained messages come again on every connect
        except ProtocolError as error:
            self._reports.distrust(message.topic, error.code, told_at)

    def _take_in(self, topic: Topic, payload: bytes, now: int | None) -> None:
        match topic.kind:
            case TopicKind.KEYS:
                self._renew_keys(payload)
            case TopicKind.TIME:
                self._time.hear(payload, self.keys)
            case TopicKind.AREA_SPEECH:
                self._shelf.message(topic.sha256, payload)
            case TopicKind.DEVICE_DESIRED:
                self._take_desired(payload, now)
            case TopicKind.AREA_PLAN:
                self._take_manifest(payload, now)
            case _:
                return  # topics that devices write; the broker lets no device read them

    def _renew_keys(self, payload: bytes) -> None:
        if (fresh := self.keys.renewed(payload)) is not self.keys:
            self.keys = fresh
            self._step.remember("doc", "keyset", payload.decode("ascii"))

    def _judge_held(self, held: HeldAlert) -> None:
        now = self._clock.moment(self._time.local_ms)
        self._orders.receive(held.message, held.kind, now, keys=self.keys, desired=self._desired, has_waited=True)

    def _synced(self, command: Command, key: PublicKey) -> None:
        """Judge the commands that waited for the server's answer, which is complete now."""
        if self._time.synced(command, key):
            for held in self._orders.waiting.answered():
                self._judge_held(held)

    def _clock_put_right(self, now: int, by_ms: int) -> None:
        """Move alerts by the clock's step and ask for news: earlier commands were judged by a wrong time."""
        self._wake_at = None
        self._alerts.time_changed(by_ms)
        if self._session.is_online:
            self._ask_for_news(now)

    def _take_desired(self, payload: bytes, now: int | None) -> None:
        signed = self.keys.verify(payload, KeyRole.PLAN, now)
        desired = codec.decode(Desired, signed.payload)
        held = self._desired
        is_newer = held is None or (desired.epoch, desired.ver) > (held.epoch, held.ver)
        if desired.device != self._identity.id or not is_newer:
            return
        self._step.remember("doc", "desired", signed.payload.decode())
        self._step.forget("setting", "volume_pct")
        self._follow(desired)
        if desired.quarantined:
            self._orders.shut_off(desired.iat if now is None else now, alerts_pass=desired.alerts_pass)
        if held is not None and desired.areas[:1] != held.areas[:1]:
            self._programme.leave(now)
        if self._session.is_online and (held is None or desired.areas != held.areas):
            self._session.move(held or desired, desired)
            # Earlier commands were judged by the old areas, or by none.
            self._ask_for_news(desired.iat if now is None else now)

    def _follow(self, desired: Desired) -> None:
        if self._board is not None and (self._desired is None or desired.screen != self._desired.screen):
            self._board.use(desired.screen)
        if self._board is not None:
            self._board.is_off = desired.quarantined
        self._desired = desired
        self._alerts.amplifier.needs_ms = desired.amp_wake_ms
        self._speaker.desired = desired
        self._programme.base_url = desired.content_url or self._identity.content_url

    def _take_manifest(self, payload: bytes, now: int | None) -> None:
        areas = self._desired.areas if self._desired else []
        manifest = codec.decode(Manifest, self.keys.verify(payload, KeyRole.PLAN, now, areas).payload)
        if manifest.area not in areas[:1]:
            return
        if self._board is None:
            self._programme.follow(manifest, now)
            return
        self._programme.follow(msgspec.structs.replace(manifest, days={}), now)
        self._board.fetch()

    def _ask_for_news(self, now: int, cid: str = "") -> None:
        self._orders.waiting.wants_answer = False
        self._session.ask_for_news(
            now,
            local_ms=self._time.asked(),
            orders=self._orders.in_force(),
            desired=self._desired,
            manifest=self._programme.manifest,
            keyset_ver=self.keys.ver,
            pending_records=self._reports.pending_records,
            cid=cid,
        )

    def _advance(self, now: int) -> None:
        self._alerts.advance(now)
        self._live.advance(now)
        self._speaker.advance(now)
        self._speaker.relays.advance(now)
        self._orders.advance(now)
        if self._speaker.returned:
            self._programme.reconcile(now)
        if self._board is not None:
            self._board.advance(now, is_covered=self._alerts.holds_screen)
        if self._session.is_online:
            self._programme.announce(now)
            if self._board is not None:
                self._board.announce(now)
        if now >= self._tidy_at:
            self._tidy_at = now + HOUSEKEEPING_MS
            self._orders.forget_expired(now)
        if self._desired is not None:
            self._health.advance(now, self._desired, self._parts)

    def _sleep(self, now: int, *, is_sure: bool) -> None:
        """Ask to be woken for the first thing due; without a trusted time nothing is due by itself."""
        local_ms = self._time.local_ms
        soon = min(HOUSEKEEPING_MS, self._installing.next_in(local_ms), self._time.next_in(local_ms))
        first = min(now + soon, self._reports.next_at(), self._orders.waiting.next_at())
        if self._bridge is not None:
            first = min(first, self._bridge.next_at())
        if is_sure:
            first = min(first, self._tidy_at, self._speaker.next_at(), self._alerts.next_at(), self._live.next_at())
            first = min(first, self._speaker.relays.next_at())
            if self._board is not None:
                first = min(first, self._board.next_at(now))
            if self._desired is not None:
                first = min(first, self._health.next_at())
        at = max(now + SHORTEST_SLEEP_MS, first)
        at = self._clock.to_local(at) if is_sure else at
        held = self._wake_at
        if held is None or at < held or held <= local_ms:
            self._wake_at = at
            self._step.do(WakeAt(at))
