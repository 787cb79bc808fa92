"""Gateway: the one process that talks to the devices. All its pending work is in the store.

::

    outbox ──► alert ──► link ──► broker ──► devices      alerts, their ends, stops: at once, on a thread of their own
    web ─────► live  ──► link ──► broker ──► devices      what is said live, past the store
    outbox ──► relay ──► link ──► broker ──► devices      everything else
    store ───► desk  ──► link ──► broker ──► devices      remote commands, in slices
    store  ◄── uplink ◄── sub. ◄── broker ◄── devices
    store  ◄── intake ◄── sub. ◄── broker ◄── devices     telemetry: its own connection, thread and transactions

Killed at any instant, it starts again and finds its pending work: outbox rows not marked sent, messages not
acknowledged to the broker, areas whose plan ends too early. Work without a connection is the scheduler's.
"""

import logging
import sys
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from cms.alerts.messages.alerts import AlertMessages
from cms.alerts.messages.publisher import AlertPublisher
from cms.alerts.messages.sync import Clockless, Refusal
from cms.alerts.service.expiry import expire_due, is_any_to_expire
from cms.commands.messages import CommandPublisher
from cms.fleet.inbound.handler import InboundHandler
from cms.fleet.inbound.last_seen import LastSeen
from cms.fleet.jobs.access_control import AccessControl
from cms.fleet.jobs.broker_list import announce
from cms.health import inbound as intake
from cms.health.inbound import Intake
from cms.health.service.line_watch import LineWatch
from cms.live.messages.publisher import LivePublisher
from cms.live.service import pipe
from cms.live.service.pipe import LiveInlet
from cms.platform.context import Context
from cms.platform.feature import Feature
from cms.platform.gateway import broker_links, outbox_notifier
from cms.platform.gateway.broker_links import BeaconPublisher, BrokerWatcher, SubscriberSet
from cms.platform.gateway.certificate_keeper import CertificateKeeper
from cms.platform.gateway.inbound import SUBSCRIPTIONS
from cms.platform.gateway.messages import MessageBuilder
from cms.platform.gateway.outbox_dispatcher import OutboxDispatcher
from cms.platform.gateway.outbox_notifier import OutboxNotifier
from cms.platform.gateway.restore_watch import RestoreWatch
from cms.platform.gateway.uplink import Uplink
from cms.platform.process.commit_bell import CommitBell
from cms.platform.process.heartbeat_rows import HeartbeatRow
from cms.platform.process.heartbeats import Heartbeats
from cms.platform.process.loops import until_turn_s
from cms.platform.process.process import Loop, begin, work_alone
from cms.platform.process.state_files import ready_file
from cms.platform.process.thread_watch import ThreadWatch
from cms.platform.scheduler.clock_judge import ClockJudge
from cms.platform.store.heartbeats import ProcessDetail
from cms.platform.store.pending_look import PendingLook
from cms.schedule.jobs import DailyReplan, replan_area
from devices.enrolment import HEALTH_NAME, SUBSCRIBER_NAME
from devices.errors import LinkError
from devices.mqtt.broker import is_running
from devices.mqtt.fan_out import FanOutLink

log = logging.getLogger(__name__)

NAME: Final = "gateway"
POLL_S = 0.25
IDLE_S = 1.0
"""Intervals of looks: where commits on other hosts wake nobody here, and otherwise."""
RETRY_FIRST_S = 0.2
RETRY_MAX_S = 10.0
BOUNDS_S: Final = {"alerts": 60.0, "alerts_sent": 60.0, "live": 60.0, "uplink": 120.0}
"""One turn takes a few waits for the broker (10 s) and for the database's lock (15 s), never more."""
# Planning computes for seconds on end: an alert's thread must not wait 5 ms for its turn at each of its steps.
SWITCH_INTERVAL_S = 0.0005
STANDBY_LOOK_S: Final = 3.0


class Gateway:
    """Composition of the gateway's parts; ``run`` blocks until ``stopping`` is set."""

    def __init__(self, context: Context, features: Sequence[Feature]) -> None:
        self._context = context
        letters = message_builder(context)
        self._beacon = BeaconPublisher(letters, context.now, time.monotonic)
        alerts = AlertMessages(
            context.keyring,
            speech_max_bytes=context.settings.alert_speech_max_bytes,
            tone_ms=context.settings.alert_tone_ms,
        )
        self._link = broker_links.sender(context, self._connected)
        self._clockless = Clockless(context, self._link, letters, alerts, time.monotonic)
        seen = LastSeen()
        self._intake = Intake(context, seen)
        self._health_ear = SubscriberSet(context, HEALTH_NAME, intake.SUBSCRIPTIONS, self._intake.receive)
        self._restores = RestoreWatch(context, letters, time.monotonic)
        self._judge = ClockJudge(context)
        hearing = InboundHandler(
            context, letters, alerts, self._refused, seen.note, on_behind=self._restores.ask_all, clock=self._judge
        )
        self._uplink = Uplink(context, hearing)
        self._ear = SubscriberSet(context, SUBSCRIBER_NAME, SUBSCRIPTIONS, self._uplink.receive)
        self._relay = OutboxDispatcher(context, self._link, letters, partial(replan_area, context), features)
        self._alert_publisher = AlertPublisher(context, self._link, alerts, self._expire_due, self._clockless.step)
        self._live = LivePublisher(context, self._link)
        self._live_path = pipe.path_of(context.settings)
        self._commits = CommitBell(context.engine)
        self._guard = AccessControl(context, letters, self._commits)
        self._commands = CommandPublisher(context, self._link)
        self._line = LineWatch(context, lambda: self._is_connected)
        subscribers = [*self._ear.subscribers, *self._health_ear.subscribers]
        self._broker = BrokerWatcher([self._link, *subscribers], lambda: self._is_connected, away=self._away)
        self._to_expire = PendingLook(context.engine, is_any_to_expire)
        self._woken = threading.Event()
        self._horizon = DailyReplan(context)
        self._has_announced = False
        self._bell_path = outbox_notifier.path_of(context.settings)
        self._ready_file = ready_file(context.settings, NAME)

    def run(self, stopping: threading.Event, beats: Heartbeats | None = None) -> None:
        """Work until stopped; then disconnect. Messages not acknowledged are delivered again at the next start."""
        watched = beats or Heartbeats()
        with OutboxNotifier(self._bell_path) as bell, LiveInlet(self._live_path) as inlet:
            self._link.start()
            self._ear.start()
            self._health_ear.start()
            heartbeat = HeartbeatRow(self._context.uow, self._context.now, NAME, watched, self.reported)
            threads = begin({**self._loops(bell, inlet), "heartbeat": heartbeat.run}, stopping, watched)
            threading.Thread(target=self._wake_at_end, args=(stopping,), name="end", daemon=True).start()
            self._guard.start(stopping, watched)
            try:
                self._work(watched.event_of("outbox", stopping))
            finally:
                stopping.set()
                self._ready_file.unlink(missing_ok=True)
                for thread in threads:
                    thread.join()
                self._guard.join()
                self._health_ear.close()
                self._ear.close()
                self._link.close()

    def _loops(self, bell: OutboxNotifier, inlet: LiveInlet) -> Mapping[str, Loop]:
        has_own = self._context.settings.has_own_certificate
        other_hosts: dict[str, Loop] = {"other-hosts": partial(pipe.hear_other_hosts, self._context)}
        return {
            **(other_hosts if self._context.has_hosts else {}),
            "uplink": partial(self._uplink.run, self._link, self._ear.acknowledge),
            "alerts": lambda stopping: self._alert_publisher.run(bell, stopping, self._woken.set, self._commits),
            "alerts_sent": self._alert_publisher.follow,
            "live": partial(self._live.run, inlet),
            "intake": self._intake.run,
            "commands": partial(self._commands.run, self._commits),
            "line": self._line.run,
            **({"certificate": CertificateKeeper(self._context).run} if has_own else {}),
            **({"brokers": self._link.run} if isinstance(self._link, FanOutLink) else {}),
        }

    def _wake_at_end(self, stopping: threading.Event) -> None:
        """Wait until stopped, and end the waits of all loops."""
        stopping.wait()
        self._woken.set()
        self._alert_publisher.wake_follower()
        self._uplink.receive(())
        self._intake.wake()
        self._commits.end()
        outbox_notifier.ring(self._bell_path)
        outbox_notifier.ring(self._live_path)

    def _connected(self) -> None:
        self._beacon.connected()
        self._woken.set()
        self._alert_publisher.connected()
        self._alert_publisher.wake_follower()

    def _refused(self, refusals: Sequence[Refusal]) -> None:
        if refusals:
            self._clockless.ask(refusals)
            self._alert_publisher.wake_follower()

    def reported(self, detail: ProcessDetail) -> ProcessDetail:
        """Add to the gateway's heartbeat what only it knows: its connections, and whether its messages are signed."""
        return replace(self._broker.add(detail), unsigned=self._context.keyring.signer.trouble())

    def _away(self) -> Sequence[str]:
        return self._link.away if isinstance(self._link, FanOutLink) else ()

    @property
    def _is_connected(self) -> bool:
        return self._link.is_ready and self._ear.is_ready and self._health_ear.is_ready

    def awake(self) -> Collection[str]:
        """Return the names of the threads on an alert's way; those of connections wake while they are connected."""
        return {"alerts", *(self._link.threads if self._link.is_ready else ())}

    def turn(self) -> int:
        """Do what is due, except alerts; return the number of rows that were sent.

        Does nothing while the clock is in doubt: a wrong day would be planned, and a wrong time sent. Raises LinkError.
        """
        self._judge.step()
        if self._judge.is_in_doubt:
            return 0
        if not self._has_announced:
            announce(self._context)
            self._has_announced = True
        self._horizon.step()
        self._beacon.step(self._link)
        self._restores.step(self._link)
        return self._relay.step()

    def _expire_due(self, now: datetime) -> None:
        """Expire alerts, unless the clock is in doubt."""
        if not self._judge.is_in_doubt and self._to_expire.may_be_due() and expire_due(self._context, now):
            outbox_notifier.ring(self._bell_path)

    def _work(self, stopping: threading.Event) -> None:
        retry_s = RETRY_FIRST_S
        while not stopping.is_set():
            try:
                is_idle = self.turn() == 0
            except LinkError as error:
                log.warning("the broker is not reachable, or nothing is signed: %s", error)
                stopping.wait(RETRY_FIRST_S)
            except Exception:
                log.exception("the gateway's loop failed; retry in %.1f s", retry_s)
                stopping.wait(retry_s)
                retry_s = min(retry_s * 2, RETRY_MAX_S)
            else:
                retry_s = RETRY_FIRST_S
                if self._is_connected and not self._ready_file.exists():
                    self._ready_file.touch()
                if is_idle:
                    self._woken.wait(until_turn_s(POLL_S if self._context.has_hosts else IDLE_S))
                    self._woken.clear()


def message_builder(context: Context) -> MessageBuilder:
    settings = context.settings
    brokers = settings.broker_list if settings.brokers else ()
    return MessageBuilder(context.keyring, settings.effective_public_url, settings.device_broker, brokers)


def stand_by(context: Context, beats: Heartbeats, stopping: threading.Event) -> None:
    """Control the access to this host's broker, if it has one, from when it is clear that this gateway has to wait."""
    while not stopping.wait(STANDBY_LOOK_S):
        if is_running(context.settings.root):
            control = AccessControl(context, message_builder(context), None)
            control.start(stopping, beats)
            control.join()


def run(context: Context, features: Sequence[Feature]) -> int:
    """Run until SIGTERM or SIGINT; return the exit status. Call it in the main thread."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    beats = Heartbeats(BOUNDS_S)
    # Made before the lock is there: one that waits for it imports nothing more when it takes over.
    Gateway(context, features)

    def begin_work(held: Context, stopping: threading.Event) -> None:
        gateway = Gateway(held, features)
        beats.threads = ThreadWatch(gateway.awake)
        gateway.run(stopping, beats)

    return work_alone(context, NAME, begin_work, beats, partial(stand_by, context, beats))
