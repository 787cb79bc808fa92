"""Components of one device, made in the order of their dependencies."""

from firmware_sim.core.alerts.alert_player import AlertPlayer
from firmware_sim.core.alerts.held_alerts import HeldAlerts
from firmware_sim.core.alerts.speech_store import Digest, SpeechStore
from firmware_sim.core.boards.text_board import TextBoard
from firmware_sim.core.bridges.bridge import AudioOutput, Bridge
from firmware_sim.core.clock.time_keeper import TimeKeeper
from firmware_sim.core.commands.command_handler import CommandHandler, ReadCommand
from firmware_sim.core.commands.stop_handler import CancelledIds, StopHandler
from firmware_sim.core.component import Component
from firmware_sim.core.events import PowerOn
from firmware_sim.core.firmware.bootloader import Running
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


class DeviceParts:
    """Components of one device. ``components``: in the order in which they handle events and advance.

    ``output`` and ``reports`` follow all of them: the one carries their sounds, the other sends their reports.
    """

    def __init__(
        self,
        step: Step,
        identity: ProvisionedIdentity,
        power: PowerOn,
        local_ms: int,
        *,
        trust: Trust,
        digest: Digest,
        make_door: MakeDoor,
        read: ReadCommand,
        running: Running,
    ) -> None:
        name, boot = identity.id, power.nonce
        config = DeviceConfig(step, identity, trust)
        content = ContentClient(step, config)
        time = TimeKeeper(step, config, name, local_ms, is_known=power.clock_known)
        clock = time.clock
        log = DeviceLog(step)
        reports = ReportQueue(step, clock, log, name, boot=boot, fw=running.version)
        session = LinkSession(step, clock, config, identity, boot, running=running)
        plans = PlanStore(step, config, name)

        hush = Hush(step)
        settings = SoundSettings(step, config, hush)
        amplifier = AmplifierWakeUp(clock, config)
        arbiter = SpeakerArbiter()
        speech = SpeechStore(step, content, digest)
        alerts = AlertPlayer(step, reports, clock, config, speech=speech, amplifier=amplifier, arbiter=arbiter)
        live = LiveAddress(
            step, reports, clock, config, make_door, settings=settings, amplifier=amplifier, arbiter=arbiter
        )
        relays = RelayStreams(step)
        records = ItemReports(step, reports, settings, relays)
        items = ItemRegister(step, records)
        tasks = TaskAnswers(step, reports)
        tests = SelfTestResults(step)
        self_test = DeviceSelfTest(
            step, clock, tasks, tests, items=items, settings=settings, amplifier=amplifier, arbiter=arbiter
        )
        player = ItemPlayer(
            step,
            reports,
            clock,
            config,
            content,
            items=items,
            records=records,
            settings=settings,
            relays=relays,
            arbiter=arbiter,
        )
        follower: Component = (
            TextBoard(step, reports, clock, config, content, plans=plans, alerts=alerts, session=session)
            if identity.is_board
            else PlanFollower(step, reports, config, content, plans=plans, player=player, session=session)
        )
        sync = SyncClient(step, config, time, reports, name, session=session, plans=plans, alerts=alerts, hush=hush)
        maintenance = RemoteCommands(step, reports, log, name, tasks=tasks, self_test=self_test, sync=sync)
        update = FirmwareUpdate(
            step,
            reports,
            time,
            config,
            content,
            running=running,
            model=identity.model,
            alerts=alerts,
            live=live,
            items=items,
        )
        telemetry = TelemetryReporter(
            step,
            clock,
            config,
            identity,
            boot=boot,
            on_since=local_ms,
            fw=running.version,
            tests=tests,
            commands=maintenance,
            arbiter=arbiter,
            settings=settings,
            plans=plans,
        )
        held = HeldAlerts(sync)
        cancelled = CancelledIds(step)
        stops = StopHandler(
            reports,
            arbiter,
            alerts=alerts,
            live=live,
            items=items,
            held=held,
            hush=hush,
            cancelled=cancelled,
            cancellable=(alerts, player, follower, update),
        )
        commands = CommandHandler(
            step,
            reports,
            time,
            config,
            identity,
            arbiter=arbiter,
            alerts=alerts,
            components=(live, self_test, player, stops, maintenance, update, reports),
            held=held,
            cancelled=cancelled,
            sync=sync,
            read=read,
        )
        self.config, self.time, self.content, self.commands, self.reports = config, time, content, commands, reports
        self.output = Bridge(step, reports, clock) if identity.is_bridge else AudioOutput()
        self.components: tuple[Component, ...] = (
            config,
            time,
            commands,
            amplifier,
            speech,
            alerts,
            live,
            self_test,
            player,
            relays,
            stops,
            maintenance,
            follower,
            telemetry,
            session,
            sync,
            update,
        )
