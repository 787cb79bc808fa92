"""Device core: one event in, its effects out.

The core is a list of components (``component.py``). It hands each the events, messages and commands that it names,
then lets time advance all of them, and asks to be woken for the first thing due.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from devices.protocol import topics, verdict
from devices.protocol.errors import ProtocolError, StaleError
from devices.protocol.keyset import TrustedKeys
from devices.protocol.live import SessionDoor
from devices.protocol.officers import TrustedOfficers
from devices.protocol.topics import TopicKind
from firmware_sim.core.alerts.alert_player import AlertPlayer
from firmware_sim.core.alerts.alert_register import AlertRegister
from firmware_sim.core.alerts.alert_reports import AlertReports
from firmware_sim.core.alerts.held_alerts import HeldAlerts
from firmware_sim.core.alerts.local_alerts import KeySwitch
from firmware_sim.core.alerts.round_player import RoundPlayer
from firmware_sim.core.alerts.speech_store import Digest, SpeechStore, sha256_of
from firmware_sim.core.boards.text_board import TextBoard
from firmware_sim.core.bridges.bridge import AudioOutput, Bridge
from firmware_sim.core.clock.clock import Moment
from firmware_sim.core.clock.time_keeper import TimeKeeper
from firmware_sim.core.commands.command_handler import CommandHandler, JudgeApprovals, ReadCommand, read_command
from firmware_sim.core.commands.stop_handler import CancelledIds, StopHandler
from firmware_sim.core.component import Component
from firmware_sim.core.effects import Effect, WakeAt
from firmware_sim.core.events import Event, MessageDelivered, PowerOn, Woken
from firmware_sim.core.firmware.bootloader import FACTORY, Running
from firmware_sim.core.firmware.firmware_update import FirmwareUpdate
from firmware_sim.core.health.telemetry_reporter import TelemetryReporter
from firmware_sim.core.live.live_address import LiveAddress
from firmware_sim.core.live.live_reception import MakeDoor
from firmware_sim.core.maintenance.device_log import DeviceLog
from firmware_sim.core.maintenance.device_self_test import DeviceSelfTest, SelfTestResults
from firmware_sim.core.maintenance.remote_commands import RemoteCommands, TaskAnswers
from firmware_sim.core.relays.relay_streams import RelayStreams
from firmware_sim.core.reports.report_queue import ReportQueue
from firmware_sim.core.schedule.hand_over import HandOver
from firmware_sim.core.schedule.item_player import ItemPlayer
from firmware_sim.core.schedule.item_register import ItemRegister, ItemReports
from firmware_sim.core.schedule.plan_follower import PlanFollower, PlanStore
from firmware_sim.core.session.device_config import (
    ContentClient,
    DeviceConfig,
    ProvisionedIdentity,
    Trust,
    TrustOfficers,
)
from firmware_sim.core.session.link_session import LinkSession, SyncClient
from firmware_sim.core.sound.arbiter import SpeakerArbiter
from firmware_sim.core.sound.sound_settings import AmplifierWakeUp, Hush, SoundSettings
from firmware_sim.core.step import Step
from firmware_sim.storage.flash import Facts

HOUSEKEEPING_MS: Final = 3_600_000
SHORTEST_SLEEP_MS: Final = 5

# The same few topics come again and again.
_parse_topic = lru_cache(maxsize=1024)(topics.parse)


class DeviceCore:
    """One device from power-on to power-off. ``facts``: its state on flash; ``power``: the first event.

    ``components``: in the order in which they handle events and advance. ``output`` and ``reports`` follow all of them:
    the one carries their sounds, the other sends their reports. A swarm passes a ``trust``, ``trust_officers``,
    ``approve``, ``digest``, ``make_door`` and ``read`` that do their work once for identical bytes.
    """

    def __init__(
        self,
        identity: ProvisionedIdentity,
        facts: Facts,
        power: PowerOn,
        local_ms: int,
        *,
        trust: Trust = TrustedKeys.from_root,
        trust_officers: TrustOfficers = TrustedOfficers.from_root,
        approve: JudgeApprovals = verdict.unapproved,
        digest: Digest = sha256_of,
        make_door: MakeDoor = SessionDoor,
        read: ReadCommand = read_command,
        running: Running = FACTORY,
    ) -> None:
        self.identity, self.id, self.boot, self.on_since = identity, identity.id, power.nonce, local_ms
        self.digest, self.make_door, self.read, self.running = digest, make_door, read, running
        self.approve = approve
        self.step = Step(facts)
        self.config = DeviceConfig(self.step, identity, trust, trust_officers)
        self.content = ContentClient(self.step, self.config)
        self.time = TimeKeeper(self.step, self.config, self.id, local_ms, is_known=power.clock_known)
        self.clock = self.time.clock
        self.log = DeviceLog(self.step)
        self.reports = ReportQueue(self.step, self.clock, self.log, self.id, boot=self.boot, fw=running.version)
        self.session = LinkSession(self)
        self.plans = PlanStore(self)
        self.hush = Hush(self)
        self.settings = SoundSettings(self)
        self.amplifier = AmplifierWakeUp(self)
        self.arbiter = SpeakerArbiter()
        self.speech = SpeechStore(self)
        self.alert_register = AlertRegister(self)
        self.alert_reports = AlertReports(self)
        self.rounds = RoundPlayer(self)
        self.alerts = AlertPlayer(self)
        self.key_switch = KeySwitch(self)
        self.live = LiveAddress(self)
        self.relays = RelayStreams(self)
        self.records = ItemReports(self)
        self.items = ItemRegister(self)
        self.tasks = TaskAnswers(self)
        self.test_results = SelfTestResults(self.step)
        self.self_test = DeviceSelfTest(self)
        self.hand_over = HandOver(self)
        self.player = ItemPlayer(self)
        self.follower: Component = TextBoard(self) if identity.is_board else PlanFollower(self)
        self.sync = SyncClient(self)
        self.maintenance = RemoteCommands(self)
        self.update = FirmwareUpdate(self)
        self.telemetry = TelemetryReporter(self)
        self.held = HeldAlerts(self)
        self.cancelled = CancelledIds(self)
        self.stops = StopHandler(self)
        self.commands = CommandHandler(self)
        self.output = Bridge(self.step, self.reports, self.clock) if identity.is_bridge else AudioOutput(self)
        self.components: tuple[Component, ...] = (
            self.config,
            self.time,
            self.commands,
            self.amplifier,
            self.speech,
            self.alerts,
            self.key_switch,
            self.live,
            self.self_test,
            self.player,
            self.relays,
            self.stops,
            self.maintenance,
            self.follower,
            self.telemetry,
            self.session,
            self.sync,
            self.update,
        )
        self._set_up()

    def _set_up(self) -> None:
        self._keeping = _overriding("wanted_content", self.components)
        everything = (*self.components, self.output, self.reports)
        self._handlers = _by_event(everything)
        self._receivers: dict[TopicKind, Component] = {kind: each for each in everything for kind in each.TOPICS}
        # Those that leave a method as it is need not be called.
        self._advancing = _overriding("advance", self.components)
        self._advancing_without_time = tuple(each for each in self._advancing if each.RUNS_WITHOUT_TIME)
        self._outlets = _overriding("advance", (self.output, self.reports))
        self._timed = _overriding("next_at", everything)
        self._timed_without_time = tuple(each for each in self._timed if each.RUNS_WITHOUT_TIME)
        self._tidy_at = 0
        self._wake_at: int | None = None

    @property
    def obeyed(self) -> int:
        """Number of commands accepted in this boot, receipts excluded."""
        return self.commands.obeyed

    def handle(self, event: Event, local_ms: int) -> list[Effect]:
        """Handle an event; return its effects in order. ``local_ms`` is the hardware's clock, in ms."""
        return [*self.meet(event, local_ms), *self.settle(local_ms)]

    def meet(self, event: Event, local_ms: int) -> list[Effect]:
        """Handle the urgent part of an event: judge and obey a command, begin a siren. ``settle`` must follow soon."""
        at = self.time.moment(local_ms)
        if isinstance(event, MessageDelivered):
            self._deliver(event, at)
        elif isinstance(event, Woken):
            self._wake_at = None
        else:
            for each in self._handlers.get(type(event), ()):
                each.handle(event, at)
        return self.output.let_through(self.step.take(), at.stamp)

    def settle(self, local_ms: int) -> list[Effect]:
        """Handle the rest: work that is due by now, reports, and the next wake-up."""
        known = self.time.begin(local_ms)
        now, is_sure = local_ms if known is None else known, known is not None
        for each in self._advancing if is_sure else self._advancing_without_time:
            each.advance(now)
        if is_sure and now >= self._tidy_at:
            self._tidy_at = now + HOUSEKEEPING_MS
            for each in self.components:
                each.forget_expired(now)
        if self.content.has_released:
            self.content.keep_wanted(self._keeping)
        first = self.output.let_through(self.step.take(), now)
        for each in self._outlets:
            each.advance(now)
        self._sleep(now, local_ms, is_sure=is_sure)
        return [*first, *self.step.take()]

    def _deliver(self, message: MessageDelivered, at: Moment) -> None:
        topic = _parse_topic(message.topic)
        receiver = None if topic is None else self._receivers.get(topic.kind)
        if topic is None or receiver is None or not message.payload:
            return  # an empty message clears a retained one; topics that devices write come to none
        desired = self.config.desired
        try:
            receiver.receive(topic, message, at)
        except StaleError:
            return  # retained messages come again on every connect
        except ProtocolError as error:
            self.reports.distrust(message.topic, error.code, at.stamp)
            return
        if self.config.desired is not desired:
            for each in self.components:
                each.reconfigure(desired, at)

    def _sleep(self, now: int, local_ms: int, *, is_sure: bool) -> None:
        """Ask to be woken for the first thing due; without a trusted time little is due by itself."""
        first = now + HOUSEKEEPING_MS
        if is_sure:
            first = min(first, self._tidy_at)
        for each in self._timed if is_sure else self._timed_without_time:
            due_at = each.next_at(now)
            first = min(first, due_at)
        wake_at = max(now + SHORTEST_SLEEP_MS, first)
        wake_at = self.time.clock.to_local(wake_at) if is_sure else wake_at
        held = self._wake_at
        if held is None or wake_at < held or held <= local_ms:
            self._wake_at = wake_at
            self.step.do(WakeAt(wake_at))


def _by_event(components: Iterable[Component]) -> dict[type[Event], tuple[Component, ...]]:
    """Return the components that handle each kind of event, in their order."""
    found: dict[type[Event], tuple[Component, ...]] = {}
    for each in components:
        for kind in each.EVENTS:
            found[kind] = (*found.get(kind, ()), each)
    return found


def _overriding(method: str, components: Iterable[Component]) -> tuple[Component, ...]:
    """Return the components that have a method of this name of their own."""
    return tuple(each for each in components if getattr(type(each), method) is not getattr(Component, method))
