"""Components of one device, made in the order of their dependencies."""

from devices.protocol.keyset import TrustedKeys
from devices.protocol.live import SessionDoor
from firmware_sim.core.alerts.alert_player import AlertPlayer
from firmware_sim.core.alerts.alert_register import AlertRegister
from firmware_sim.core.alerts.alert_reports import AlertReports
from firmware_sim.core.alerts.held_alerts import HeldAlerts
from firmware_sim.core.alerts.round_player import RoundPlayer
from firmware_sim.core.alerts.speech_store import Digest, SpeechStore, sha256_of
from firmware_sim.core.boards.text_board import TextBoard
from firmware_sim.core.bridges.bridge import AudioOutput, Bridge
from firmware_sim.core.clock.time_keeper import TimeKeeper
from firmware_sim.core.commands.command_handler import CommandHandler, ReadCommand, read_command
from firmware_sim.core.commands.stop_handler import CancelledIds, StopHandler
from firmware_sim.core.component import Component
from firmware_sim.core.events import PowerOn
from firmware_sim.core.firmware.bootloader import FACTORY, Running
from firmware_sim.core.firmware.firmware_update import FirmwareUpdate
from firmware_sim.core.health.telemetry_reporter import TelemetryReporter
from firmware_sim.core.live.live_address import LiveAddress
from firmware_sim.core.live.live_reception import MakeDoor
from firmware_sim.core.maintenance.device_log import DeviceLog
from firmware_sim.core.maintenance.device_self_test import DeviceSelfTest, SelfTestResults
from firmware_sim.core.maintenance.remote_commands import RemoteCommands
from firmware_sim.core.maintenance.task_answers import TaskAnswers
from firmware_sim.core.relays.relay_streams import RelayStreams
from firmware_sim.core.reports.report_queue import ReportQueue
from firmware_sim.core.schedule.hand_over import HandOver
from firmware_sim.core.schedule.item_player import ItemPlayer
from firmware_sim.core.schedule.item_register import ItemRegister
from firmware_sim.core.schedule.item_reports import ItemReports
from firmware_sim.core.schedule.plan_follower import PlanFollower
from firmware_sim.core.schedule.plan_store import PlanStore
from firmware_sim.core.session.content_client import ContentClient
from firmware_sim.core.session.device_config import DeviceConfig, ProvisionedIdentity, Trust
from firmware_sim.core.session.link_session import LinkSession
from firmware_sim.core.session.sync_client import SyncClient
from firmware_sim.core.sound.amplifier import AmplifierWakeUp
from firmware_sim.core.sound.arbiter import SpeakerArbiter
from firmware_sim.core.sound.sound_settings import Hush, SoundSettings
from firmware_sim.core.step import Step
from firmware_sim.storage.flash import Facts


class DeviceParts:
    """Components of one device. ``facts``: its state on flash; ``power``: the first event.

    ``components``: in the order in which they handle events and advance. ``output`` and ``reports`` follow all of them:
    the one carries their sounds, the other sends their reports. A swarm passes a ``trust``, ``digest``, ``make_door``
    and ``read`` that do their work once for identical bytes.
    """

    def __init__(
        self,
        identity: ProvisionedIdentity,
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
        self.identity, self.id, self.boot, self.on_since = identity, identity.id, power.nonce, local_ms
        self.digest, self.make_door, self.read, self.running = digest, make_door, read, running
        self.step = Step(facts)
        self.config = DeviceConfig(self.step, identity, trust)
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
        """Prepare for the components whatever drives them."""
