"""The real server on a virtual clock: store, planner, outbox dispatcher, handlers, wired as the gateway wires them."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from ulid import ULID

from bench.signing import local_signer
from bench.virtual_fleet.broker import VirtualBroker
from bench.virtual_fleet.timeline import Timeline
from bench.virtual_province.health_server import HealthServer
from cms import bootstrap, migrations
from cms.alerts.messages.alerts import AlertMessages
from cms.alerts.messages.sync import Clockless
from cms.features import FEATURES
from cms.fleet.inbound.handler import InboundHandler
from cms.fleet.inbound.last_seen import LastSeen
from cms.fleet.jobs.broker_watch import BrokerWatch
from cms.health.service.line_watch import LineWatch
from cms.platform.context import Context
from cms.platform.gateway.broker_links import BeaconPublisher
from cms.platform.gateway.inbound import SUBSCRIPTIONS
from cms.platform.gateway.messages import MessageBuilder
from cms.platform.gateway.outbox_dispatcher import OutboxDispatcher, post
from cms.platform.gateway.restore_watch import RestoreWatch
from cms.platform.gateway.uplink import BATCH_MAX, Uplink
from cms.platform.keyring import Keyring
from cms.platform.settings import Settings
from cms.platform.store.uow import Committed, make_uow_factory
from cms.schedule.jobs import DailyReplan, replan_area
from devices.errors import LinkError
from devices.mqtt.broker_log import Sift
from devices.mqtt.link import Incoming

GATHER_MS: Final = 500
"""Messages within this are stored in one transaction. The real uplink gathers for 20 ms: a month has fewer commits."""
TICK_MS: Final = 60_000
LOOK_MS: Final = 20_000
"""Interval of health evaluation: the real gateway evaluates every two seconds."""
RESTORES_MS: Final = 500
PUT_OFF_EVERY: Final = 10
"""Ticks after which messages put off are looked at: the real gateway looks twelve times a second."""
_ULID_RANDOM_BYTES: Final = 10


class VirtualBrokerLink:
    """The gateway's connection, in virtual time: the broker has each accepted message at once."""

    def __init__(self, broker: VirtualBroker) -> None:
        self._broker = broker

    @property
    def is_ready(self) -> bool:
        return not self._broker.is_down

    def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, expiry_s: int | None = None
    ) -> Future[None]:
        if self._broker.is_down:
            raise LinkError("the broker is down")
        self._broker.publish(topic, payload, qos=qos, retain=retain, expiry_s=expiry_s)
        done: Future[None] = Future()
        done.set_result(None)
        return done


class VirtualServer:
    """Server: ``start`` it, then let the timeline run. ``on_stored`` is called after every committed batch."""

    def __init__(
        self, settings: Settings, timeline: Timeline, broker: VirtualBroker, seed: int, look_ms: int = LOOK_MS
    ) -> None:
        self._timeline = timeline
        self._broker = broker
        self.on_stored: Callable[[list[Incoming]], object] = lambda _: None
        self.heard = 0
        self.batches = 0
        self.is_down = False
        self._arrived: list[Incoming] = []
        self._has_outbox = True
        self._ticks = 0
        self._wanted = {topic.rpartition("+/")[2] for topic in SUBSCRIPTIONS}
        self.context = _context(settings, timeline, seed, self._committed)
        self._seen = LastSeen()
        self._sift = Sift()
        self.health = HealthServer(self.context, timeline, look_ms, self._seen)
        self._wire()
        broker.on_uplink = self._receive
        broker.on_trespass = self._note_trespass

    def start(self) -> None:
        """Start the gateway's process."""
        self._tick()

    def die(self) -> None:
        """Die as by ``kill -9``: the broker keeps messages received and not stored yet, and delivers them again."""
        self.is_down = True
        self.health.die()

    def revive(self) -> None:
        self.is_down = False
        self.health.revive()
        self._wire()
        self._has_outbox = True
        self._store()

    def work(self) -> None:
        """Send what is due in the outbox now."""
        if self.is_down or self._broker.is_down:
            return
        self.look_for_restores()
        while self._has_outbox:
            self._has_outbox = False
            while self._relay.step():
                self._has_outbox = False

    def _wire(self) -> None:
        """Wire the parts as ``gateway.Gateway`` does, with this link."""
        context = self.context
        self._link = VirtualBrokerLink(self._broker)
        letters = MessageBuilder(context.keyring, context.settings.effective_public_url)
        alerts = AlertMessages(context.keyring)
        clockless = Clockless(context, self._link, letters, alerts, self._monotonic_s)
        self._beacon = BeaconPublisher(letters, context.now, self._monotonic_s)
        self._restores = RestoreWatch(context, letters, self._monotonic_s)
        hearing = InboundHandler(
            context, letters, alerts, clockless.ask, self._seen.note, on_behind=self._restores.ask_all
        )
        self._uplink = Uplink(context, hearing)
        self._relay = OutboxDispatcher(context, self._link, letters, partial(replan_area, context), FEATURES)
        self._horizon = DailyReplan(context)
        self._line = LineWatch(context, lambda: self._link.is_ready)
        self._watch = BrokerWatch(context)

    def _tick(self) -> None:
        """Do the work of each minute: the time, the new day, and messages that were put off."""
        if not self.is_down:
            self._line.step()
            self._watch.step()
        if not self.is_down and not self._broker.is_down:
            self._horizon.step()
            self._beacon.step(self._link)
            self.look_for_restores()
            self._ticks += 1
            self._has_outbox = self._has_outbox or self._ticks % PUT_OFF_EVERY == 0
            self.work()
        self._timeline.after(TICK_MS, self._tick)

    def look_for_restores(self) -> None:
        """Look for restores, as the real gateway does twelve times a second."""
        if self.is_down or self._broker.is_down:
            return
        self._restores.step(self._link)
        if self._restores.is_asking:
            self._timeline.after(RESTORES_MS, self.look_for_restores)

    def _receive(self, topic: str, payload: bytes) -> None:
        kind = topic.split("/", 4)[-1]
        if kind == "tel":
            self.health.receive(Incoming(topic, payload, retain=False, qos=0, mid=0, connection=0))
        if kind not in self._wanted:
            return
        if not self._arrived:
            self._timeline.after(GATHER_MS, self._store)
        self._arrived.append(Incoming(topic, payload, retain=False, qos=1, mid=0, connection=0))

    def _store(self) -> None:
        if self.is_down:
            return
        while self._arrived:
            batch = self._arrived[:BATCH_MAX]
            try:
                letters = self._uplink.store(batch)
            except OperationalError:  # this machine stood still, say, and the store ended the transaction
                self._timeline.after(GATHER_MS, self._store)
                return
            del self._arrived[: len(batch)]
            self.heard += len(batch)
            self.batches += 1
            if self._link.is_ready:
                for letter in letters:
                    post(self._link, letter)
                self.look_for_restores()
            self.on_stored(batch)
        self.work()

    def _note_trespass(self, said: str) -> None:
        """Write a trespass into the broker's log, also while the server is down: the broker's supervisor keeps it."""
        with (self.context.settings.log_dir / "broker.log").open("ab") as log:
            log.write(self._sift.feed(f"{self.context.now():%Y-%m-%dT%H:%M:%S}: {said}\n".encode()))

    def _committed(self, done: Committed) -> None:
        self._has_outbox = self._has_outbox or done.has_outbox

    def _monotonic_s(self) -> float:
        return self._timeline.now_ms / 1000


def _context(settings: Settings, timeline: Timeline, seed: int, committed: Callable[[Committed], None]) -> Context:
    """Return the context of the server, with the timeline as its clock and reproducible ids."""

    def now() -> datetime:
        return datetime.fromtimestamp(timeline.now_ms / 1000, UTC)

    chance = random.Random(f"{seed}:ids")  # noqa: S311 - a simulation, no secret

    def new_id() -> str:
        moment = timeline.now_ms.to_bytes(6, "big")
        return str(ULID.from_bytes(moment + chance.randbytes(_ULID_RANDOM_BYTES))).lower()

    for folder in (settings.root, settings.content_dir, settings.keys_dir, settings.run_dir, settings.log_dir):
        folder.mkdir(parents=True, exist_ok=True)
    Keyring.ensure(settings, now())
    migrations.upgrade(settings.effective_database_url)
    built = bootstrap.build(settings, signer=local_signer(settings))
    if built.engine.dialect.name == "sqlite":
        event.listen(built.engine, "connect", _never_wait)
    units = replace(make_uow_factory(built.engine), now=now)
    units.hooks.append(committed)
    return replace(built, uow=units, now=now, new_id=new_id)


def _never_wait(connection: sqlite3.Connection, _record: object) -> None:
    """Do not wait for the disk: processes die only on the timeline here, and commits are there for the next one."""
    connection.execute("PRAGMA synchronous=OFF")
