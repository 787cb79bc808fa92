"""``loa bench standing``: a warning that fires a standing order, against an alert that a person approves by hand.

Both end with the commit that wakes the gateway; from there they go the same way (``loa bench alert``). The warning is
read, its signature verified, its places found, and two people's rights looked at; the approval did that beforehand.
Beside it, mutated messages meet the orders, and none may sound outside of one. ``--to-sirens`` measures the whole way
instead: from the message by HTTP push to the last loudspeaker.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

import click

from bench.percentiles import percentile
from bench.ports import free_port
from bench.signing import local_signer
from bench.speed.field import alone
from bench.speed.flood_order import SECOND, SENDER, add_order, flood_warning, ready_alert
from bench.speed.rows import Row, print_rows
from bench.speed.standing_sirens import TONE_MS, is_within_bar, siren_rows
from bench.standing_orders import mutants
from broadcast.alerts.model import (
    AlertId,
    AlertStatus,
)
from broadcast.bulletins.model import Rendition
from cms import bootstrap
from cms.alerts.repository.alerts import Alerts
from cms.alerts.service import approval
from cms.areas.repository import Places
from cms.exchange.cap.writer import write
from cms.exchange.model import CapSender, ExchangeOutcome
from cms.exchange.repository.exchange import CapSenders
from cms.exchange.service.inbox import Inbox
from cms.exchange.service.signer import MessageSigner
from cms.fleet.repository.devices import Devices
from cms.platform.context import Context
from cms.platform.settings import Settings
from devices.model import Device, DeviceId, DeviceKind
from province.areas import Area, AreaId
from province.people import Actor, Grant, Role

PROVINCE: Final = AreaId("p")
_BEGAN: Final = date(2020, 1, 1)
_APART: Final = timedelta(hours=3)
_SPEECH: Final = Rendition("alert-opus", "d" * 64, 40_000, 12_000, "audio/ogg")


@dataclass
class RoundClock:
    """RoundClock of the bench: a round is hours after the last one, so that each is an event of its own."""

    at: datetime = datetime(2026, 11, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@dataclass
class StandingStage:
    """Province with an agreed order for each of its communes together, and two officers."""

    context: Context
    clock: RoundClock
    signer: MessageSigner
    communes: int

    def by_hand(self, number: int) -> float:
        """Approve an alert that waits; return the milliseconds until its commit."""
        self.clock.at += _APART
        area_id = commune_of(number % self.communes)
        alert = ready_alert(AlertId(self.context.new_id()), AlertStatus.SUBMITTED, area_id, self.clock.at, _SPEECH)
        with self.context.uow() as unit:
            unit[Alerts].add(alert)
            unit.commit()
        officer = Actor(SECOND, "Hai", (Grant(Role.EMERGENCY_OFFICER, PROVINCE),), second_factor_at=self.clock.at)
        began_s = perf_counter()
        approval.approve(
            self.context.uow(),
            alert.id,
            expected_version=alert.version,
            call=self.context.call(officer),
            voices=self.context.voices,
        )
        return (perf_counter() - began_s) * 1000

    def by_warning(self, number: int) -> float:
        """Receive a signed warning that fires the order; return the milliseconds until the alert's commit."""
        self.clock.at += _APART
        document = self.signer.signed(write(flood_warning(number, code_of(number % self.communes), self.clock.at)))
        inbox = Inbox.of(self.context)
        began_s = perf_counter()
        record = inbox.receive(document, "push bench")
        took_ms = (perf_counter() - began_s) * 1000
        if record.outcome is not ExchangeOutcome.FIRED:
            raise click.ClickException(f"it did not sound: {record.code} {record.outcome} {record.notes}")
        return took_ms

    def furnish(self, devices: int) -> None:
        """Add places, loudspeakers, people, the sender and the order."""
        now = self.clock.at
        communes = [
            Area(commune_of(n), f"Xã {n}", "commune", PROVINCE, _BEGAN, codes={"gso": code_of(n)})
            for n in range(self.communes)
        ]
        fleet = [
            Device(DeviceId(f"l-{n}"), f"sn-{n}", f"Loa {n}", DeviceKind.CLUSTER, commune_of(n % self.communes), now)
            for n in range(devices)
        ]
        with self.context.uow() as unit:
            unit[Places].add([Area(PROVINCE, "Tỉnh", "province", None, _BEGAN), *communes])
            unit[Devices].add_many(fleet)
            unit[CapSenders].put(CapSender(SENDER, "Trung tâm", self.signer.certificate_pem.decode(), (), (), "", now))
            add_order(unit, PROVINCE, now, rendition=_SPEECH)
            unit.commit()


def commune_of(number: int) -> AreaId:
    return AreaId(f"p-{number:04}")


def code_of(number: int) -> str:
    return f"{20_000 + number}"


@contextmanager
def standing_stage(communes: int, devices: int) -> Iterator[StandingStage]:
    """Furnish a province in a folder of its own."""
    with TemporaryDirectory(prefix="loa-bench-standing-") as folder:
        settings = Settings(home=Path(folder))
        bootstrap.prepare(settings)
        clock = RoundClock()
        context = bootstrap.build(settings, signer=local_signer(settings))
        context = replace(context, now=clock, uow=replace(context.uow, now=clock))
        stage = StandingStage(context, clock, MessageSigner.at(settings.keys_dir, SENDER, clock.at), communes)
        stage.furnish(devices)
        yield stage
        context.engine.dispose()


@click.command()
@click.option("--rounds", default=50, show_default=True, help="Alerts of each kind.")
@click.option("--communes", default=124, show_default=True)
@click.option("--devices", default=10_000, show_default=True)
@click.option("--mutants", "count", default=100_000, show_default=True, help="Mutated messages that meet the orders.")
@click.option("--seed", default=1, show_default=True)
@click.option("--to-sirens", is_flag=True, help="From the push to the last of the devices, with all programs, instead.")
@click.option("--processes", default=2, show_default=True, help="Processes of the simulated devices.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def standing(
    *,
    rounds: int,
    communes: int,
    devices: int,
    count: int,
    seed: int,
    to_sirens: bool,
    processes: int,
    as_json: bool,
) -> None:
    """Compare a standing order with an approval by hand; exit status 1 if anything sounded outside of an order.

    With --to-sirens: exit status 1 if the last device has it later than a second, p99 of the rounds.
    """
    if to_sirens:
        with alone() as root:
            settings = Settings(
                home=root, mqtt_port=free_port(), web_port=free_port(), enrol_port=0, alert_tone_ms=TONE_MS
            )
            found = list(siren_rows(settings, devices, rounds, processes))
            print_rows(found, as_json=as_json)
        if not is_within_bar(found):
            raise click.exceptions.Exit(1)
        return
    rows = list(measured(rounds, communes, devices))
    print_rows(rows, as_json=as_json)
    done = mutants(count, seed)
    found = [
        Row("mutants_fired", count, done.fired, ""),
        Row("mutants_outside_an_order", count, len(done.outside), ""),
        Row("soundings_of_one_event", count, done.soundings_of_one_event, ""),
    ]
    print_rows(found, as_json=as_json)
    if done.outside or done.soundings_of_one_event > 1:
        raise click.exceptions.Exit(1)


def measured(rounds: int, communes: int, devices: int) -> Iterator[Row]:
    """Yield how long both take until the commit, in turns, so that both meet the same machine."""
    with standing_stage(communes, devices) as stage:
        pairs = [(stage.by_hand(2 * n), stage.by_warning(2 * n + 1)) for n in range(rounds)]
    hand, warning = ([pair[side] for pair in pairs] for side in (0, 1))
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        baseline = percentile(hand, share)
        yield Row.against(f"warning_to_commit_ms_{name}", rounds, percentile(warning, share), "ms", baseline=baseline)
