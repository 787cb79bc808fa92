"""Bench installation for alerts: a store with a province of devices, and the real gateway beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from bench.load.swarm_device import commune_of
from bench.signing import local_signer
from bench.speed.field import AREA, CONNECT_DEADLINE_S, DEADLINE_S, BenchError, allow, running_programs
from broadcast.alerts.hazard_rules import AlertLevel, Rounds
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import Alert, AlertFacts, AlertId, AlertKind, AlertStatus, Audience, OrderId, Purpose
from broadcast.alerts.orders import Order, OrderEnd, Spoken
from broadcast.bulletins.model import Rendition, Targets
from cms import bootstrap
from cms.alerts.messages.alerts import AlertMessages
from cms.alerts.repository.alerts import Alerts
from cms.alerts.repository.orders import Orders
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.health.queries.telemetry import outcomes
from cms.platform.cli import embedded
from cms.platform.cli.up import APP_DIR
from cms.platform.context import Context
from cms.platform.gateway import outbox_notifier
from cms.platform.gateway.messages import OutgoingMessage
from cms.platform.gateway.restore_watch import mark_path
from cms.platform.settings import Settings
from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import Committed
from devices.model import Device, DeviceId, DeviceKind
from province.areas import Area, AreaId
from province.people import UserId

ENROLLED: Final = datetime(2026, 1, 1, tzinfo=UTC)
LASTS: Final = timedelta(minutes=30)
LOOK_EVERY_S: Final = 0.02
"""Interval of polling: each query costs the machine a millisecond that the fleet needs."""
SPEECH_BYTES: Final = 40_000
AREA_CODE: Final = "20000"


class AlertField:
    """Store and gateway: ``approve`` and ``cancel`` write as the use cases do, and notify as the web does."""

    def __init__(self, context: Context, count: int, communes: int = 0) -> None:
        self.context = context
        self.count = count
        self.communes = [AreaId(commune_of(number, communes)) for number in range(communes)]
        self._process: subprocess.Popen[bytes] | None = None
        self._committed_ns: dict[int, int] = {}
        self.area_id = AreaId(AREA)
        context.uow.hooks.append(self._note)
        context.uow.hooks.append(outbox_notifier.ring_after_commit(outbox_notifier.path_of(context.settings)))

    def furnish(self) -> None:
        """Add one area with its communes, and the swarm's devices in them."""
        devices = []
        for number in range(self.count):
            name = f"bench-{number:05}"
            area_id = self.communes[number % len(self.communes)] if self.communes else self.area_id
            devices.append(Device(DeviceId(name), f"sn-{name}", f"Cụm {name}", DeviceKind.CLUSTER, area_id, ENROLLED))
        with self.context.uow() as unit:
            communes = [Area(each, each, "commune", self.area_id, ENROLLED.date()) for each in self.communes]
            codes = {"gso": AREA_CODE}
            unit[Places].add([Area(self.area_id, "Tỉnh", "province", None, ENROLLED.date(), codes=codes), *communes])
            unit[Devices].add_many(devices)
            unit.commit()

    def command(self) -> bytes:
        """Return the payload of a signed alert like the approved ones, with a new id."""
        return self.messages()[0].payload

    def messages(
        self, area_id: AreaId | None = None, kind: AlertKind = AlertKind.LIVE
    ) -> tuple[OutgoingMessage, OutgoingMessage]:
        """Return a signed alert like the approved ones, with a new id, and its end."""
        letters, now = AlertMessages(self.context.keyring), self.context.now()
        order = self._order((), area_id or self.area_id, kind)
        return letters.order(order, now)[0], letters.end(order, now, now)[0]

    def approve(
        self,
        spoken: tuple[Spoken, ...] = (),
        area_id: AreaId | None = None,
        kind: AlertKind = AlertKind.LIVE,
        *,
        is_sent: bool = True,
    ) -> tuple[OrderId, int]:
        """Approve an alert, for all or one commune; return the order's id and the instant of its commit (ns)."""
        order = self._order(spoken, area_id or self.area_id, kind)
        places = [area_id] if area_id is not None else [self.area_id, *self.communes]
        with self.context.uow() as unit:
            unit[Alerts].add(_alert(order))
            unit[Orders].add(order)
            unit[Orders].expect_in(order.id, places)
            if is_sent:
                unit.outbox.add(OutboxKind.ALERT, order.id)
            unit.commit()
        return order.id, self._committed_ns[threading.get_ident()]

    def cancel(self, order_id: OrderId) -> int:
        """End the order as cancelled; return the instant of its commit in monotonic nanoseconds."""
        with self.context.uow() as unit:
            unit[Orders].end(order_id, self.context.now(), OrderEnd.CANCELLED)
            unit.outbox.add(OutboxKind.ALERT_END, order_id)
            unit.commit()
        return self._committed_ns[threading.get_ident()]

    def all_answered_ns(self, order_id: OrderId, deadline_s: float) -> int:
        """Wait until the last device's answer to the order is in the store; return that instant in nanoseconds.

        Answers are never taken back: each query goes on from the first device without an answer in the query before.
        """
        query = text(
            "SELECT device_id FROM reaches WHERE order_id = :name AND device_id >= :first AND rank = 0"
            " ORDER BY device_id LIMIT 1"
        )
        first = ""

        def has_answered(session: Session) -> bool:
            nonlocal first
            found = session.scalar(query, {"name": order_id, "first": first})
            first = found or first
            return found is None

        self._until(has_answered, deadline_s, "an answer is missing")
        return time.monotonic_ns()

    def settle(self, deadline_s: float) -> None:
        """Wait until nothing is left to be sent."""
        self._until_count("SELECT count(*) FROM outbox WHERE sent_at IS NULL", 0, deadline_s)

    def health(self) -> dict[str, int]:
        """Count the health records that the gateway has handled, by outcome."""
        with reading(self.context.engine) as session:
            return dict(outcomes(session))

    @contextmanager
    def gateway(self, also_allowed: str = "") -> Iterator[None]:
        """Run the real gateway; yield once all births are stored. ``also_allowed``: added to the access list."""
        settings = self.context.settings
        ready = settings.run_dir / "gateway.ready"
        ready.unlink(missing_ok=True)
        signer, program = [each for each in embedded.programs(settings, APP_DIR) if each.name in {"signer", "gateway"}]
        allow(settings, also_allowed)  # the list was rewritten with the programs' command lines
        with running_programs([signer], settings.log_dir), (settings.root / "gateway.log").open("wb") as log:
            # A session of its own, as in production: the kernel shares the processor out among sessions.
            self._process = subprocess.Popen(
                program.argv, env={**os.environ, **program.env}, stdout=log, stderr=log, start_new_session=True
            )
            try:
                _await(ready.exists, ready.name, DEADLINE_S)
                self._until_count("SELECT count(*) FROM device_status WHERE online", self.count, CONNECT_DEADLINE_S)
                self.settle(CONNECT_DEADLINE_S)
                yield
            finally:
                self._process.send_signal(signal.SIGTERM)
                self._process.wait()

    def web(self) -> AbstractContextManager[None]:
        """Run the real web processes of pages and downloads and their front, which serve the content."""
        settings = self.context.settings
        chosen = [
            each for each in embedded.programs(settings, APP_DIR) if each.name in {"web", "background_web", "front"}
        ]
        return running_programs(chosen, settings.log_dir)

    def speech(self) -> tuple[Spoken, ...]:
        """Return speech of twenty seconds that no device has received before."""
        data = b"OggS" + os.urandom(SPEECH_BYTES - 4)
        sha256 = self.context.content.put_bytes(data)
        return (Spoken("vi", Rendition("device-opus", sha256, len(data), 20_000, "audio/ogg")),)

    @property
    def gateway_pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def _note(self, done: Committed) -> None:
        del done
        self._committed_ns[threading.get_ident()] = time.monotonic_ns()

    def _order(self, spoken: tuple[Spoken, ...], area_id: AreaId, kind: AlertKind = AlertKind.LIVE) -> Order:
        now = self.context.now()
        return Order(
            id=OrderId(self.context.new_id()),
            alert_id=AlertId(self.context.new_id()),
            kind=kind,
            purpose=Purpose.WARNING,
            hazard=Hazard.FLASH_FLOOD,
            level=AlertLevel.TWO,
            headline="Lũ quét trên sông Cái",
            text="Nước lên nhanh. Bà con ở ven sông lên chỗ cao ngay, không quay lại lấy đồ đạc.",
            audience=Audience(Targets((area_id,))),
            spoken=spoken,
            rounds=Rounds(),
            issued_at=now,
            expires_at=now + LASTS,
            approved_by=("Bùi Thị Huy",),
        )

    def _until_count(self, query: str, wanted: int, deadline_s: float) -> None:
        self._until(lambda session: session.scalar(text(query)) == wanted, deadline_s, f"not {wanted}: {query}")

    def _until(self, holds: Callable[[Session], bool], deadline_s: float, told: str) -> None:
        deadline = time.monotonic() + deadline_s
        is_so = False
        while not is_so:
            if time.monotonic() > deadline:
                raise BenchError(f"after {deadline_s:g} s: {told}")
            threading.Event().wait(LOOK_EVERY_S)
            with reading(self.context.engine) as session:
                is_so = holds(session)


@contextmanager
def alert_field(settings: Settings, count: int, communes: int = 0) -> Iterator[AlertField]:
    """Yield a field with a new store below the bench's LOA_HOME, furnished."""
    for suffix in ("", "-wal", "-shm"):
        (settings.root / f"loa.db{suffix}").unlink(missing_ok=True)
    # An empty store beside the mark of the last one counts as a restored one: all devices would be asked.
    mark_path(settings).unlink(missing_ok=True)
    bootstrap.prepare(settings)
    context = bootstrap.build(settings, signer=local_signer(settings))
    try:
        field = AlertField(context, count, communes)
        field.furnish()
        yield field
    finally:
        context.engine.dispose()


def _alert(order: Order) -> Alert:
    return Alert(
        id=order.alert_id,
        kind=order.kind,
        hazard=order.hazard,
        level=order.level,
        headline=order.headline,
        audience=order.audience,
        facts=AlertFacts(),
        wordings=(),
        rounds=order.rounds,
        expires_at=order.expires_at,
        author_id=UserId("bench"),
        author_name="bench",
        created_at=order.issued_at,
        changed_at=order.issued_at,
        status=AlertStatus.ACTIVE,
        order_id=order.id,
    )


def _await(holds: Callable[[], bool], name: str, deadline_s: float) -> None:
    deadline = time.monotonic() + deadline_s
    while not holds():
        if time.monotonic() > deadline:
            raise BenchError(f"{name} did not appear within {deadline_s:g} s")
        threading.Event().wait(0.02)
