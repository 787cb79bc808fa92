"""``loa bench standing``: a warning that fires a standing order, against an alert that a person approves by hand.

Both end with the commit that wakes the gateway; from there they go the same way (``loa bench alert``). The warning is
read, its signature verified, its places found, and two people's rights looked at; the approval did that beforehand.
Beside it, mutated messages meet the orders, and none may sound outside of one.
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
from bench.signing import local_signer
from bench.speed.rows import Row, print_rows
from bench.standing_orders import mutants, order_of
from broadcast.alerts.cap.message import (
    CapArea,
    CapInfo,
    CapMessage,
    CapScope,
    CapSeverity,
    Category,
    Certainty,
    MsgType,
    NamedValue,
    Status,
    Urgency,
)
from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.model import (
    Alert,
    AlertFacts,
    AlertId,
    AlertKind,
    AlertPolicy,
    AlertStatus,
    Audience,
    Wording,
)
from broadcast.alerts.orders import DeclarationRight
from broadcast.alerts.script import encoded, script
from broadcast.bulletins.model import Rendition, Sound, SoundState, Targets
from broadcast.standing_orders.cap_warnings import sender_source
from broadcast.standing_orders.model import AlertStandingOrder
from cms import bootstrap
from cms.accounts.model import User
from cms.accounts.repository import People
from cms.alerts.repository.alerts import AlertPolicies, Alerts, Declarations
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
from cms.standing_orders.repository import AlertStandingOrders
from cms.standing_orders.service.orders import bounds_sha256
from devices.model import Device, DeviceId, DeviceKind
from province.areas import Area, AreaId
from province.people import Actor, Grant, Role, UserId

PROVINCE: Final = AreaId("p")
FIRST, SECOND = UserId("u-first"), UserId("u-second")
SENDER: Final = "bench@example.vn"
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
        alert = self._alert(AlertStatus.SUBMITTED, commune_of(number % self.communes))
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
        document = self.signer.signed(write(_warning(number, number % self.communes, self.clock.at)))
        inbox = Inbox.of(self.context)
        began_s = perf_counter()
        record = inbox.receive(document, "push bench")
        took_ms = (perf_counter() - began_s) * 1000
        if record.outcome is not ExchangeOutcome.FIRED:
            raise click.ClickException(f"it did not sound: {record.code} {record.outcome} {record.notes}")
        return took_ms

    def _alert(self, status: AlertStatus, area_id: AreaId) -> Alert:
        pattern = order_of(AlertKind.LIVE).pattern
        alert = replace(
            pattern,
            id=AlertId(self.context.new_id()),
            status=status,
            audience=Audience(Targets((area_id,))),
            facts=AlertFacts(place="Xã", advice="Lên chỗ cao.", authority="UBND tỉnh"),
            wordings=(Wording("vi", "Lũ quét đang về. Bà con lên chỗ cao ngay."),),
            level=AlertLevel.TWO,
            expires_at=self.clock.at + timedelta(minutes=60),
            author_id=FIRST,
            author_name="Một",
            submitter_id=FIRST,
            submitter_name="Một",
            submitted_at=self.clock.at,
        )
        sounds = [
            Sound(SoundState.READY, encoded(script(alert, alert.wordings[0], is_again=is_again)), renditions=(_SPEECH,))
            for is_again in (False, True)
        ]
        return replace(alert, wordings=(replace(alert.wordings[0], sound=sounds[0], again=sounds[1]),))

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
        order = self._order()
        with self.context.uow() as unit:
            unit[Places].add([Area(PROVINCE, "Tỉnh", "province", None, _BEGAN), *communes])
            unit[Devices].add_many(fleet)
            for user_id, name in ((FIRST, "Một"), (SECOND, "Hai")):
                grants = (Grant(Role.EMERGENCY_OFFICER, PROVINCE),)
                unit[People].add(User(user_id, user_id, name, "", now, grants=grants))
                unit[Declarations].give(DeclarationRight(user_id, PROVINCE, AlertLevel.THREE))
            unit[AlertPolicies].set(AlertPolicy(fires_standing_orders=True))
            unit[CapSenders].put(CapSender(SENDER, "Trung tâm", self.signer.certificate_pem.decode(), (), (), "", now))
            unit[AlertStandingOrders].add(order)
            unit.commit()

    def _order(self) -> AlertStandingOrder:
        made = order_of(AlertKind.LIVE)
        now = self.clock.at
        bounds = replace(
            made.bounds,
            sources=(sender_source(SENDER),),
            valid_from_at=now - timedelta(days=1),
            valid_until_at=now + timedelta(days=366),
            firings_max=1_000_000,
        )
        order = replace(
            made,
            pattern=self._alert(AlertStatus.DRAFT, PROVINCE),
            bounds=bounds,
            proposed_by=FIRST,
            proposed_by_name="Một",
            agreed_by=SECOND,
            agreed_by_name="Hai",
            agreed_at=now,
        )
        return replace(order, agreed_sha256=bounds_sha256(order))


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


def _warning(number: int, commune: int, at: datetime) -> CapMessage:
    info = CapInfo(
        (Category.MET,),
        "Lũ quét",
        Urgency.IMMEDIATE,
        CapSeverity.SEVERE,
        Certainty.OBSERVED,
        language="vi-VN",
        expires=at + timedelta(hours=1),
        headline="Lũ quét",
        description="Nước lên nhanh.",
        areas=(CapArea(f"Xã {commune}", geocodes=(NamedValue("VN:maDVHC", code_of(commune)),)),),
    )
    return CapMessage(f"w-{number}", SENDER, at, Status.ACTUAL, MsgType.ALERT, CapScope.PUBLIC, infos=(info,))


@click.command()
@click.option("--rounds", default=50, show_default=True, help="Alerts of each kind.")
@click.option("--communes", default=124, show_default=True)
@click.option("--devices", default=10_000, show_default=True)
@click.option("--mutants", "count", default=100_000, show_default=True, help="Mutated messages that meet the orders.")
@click.option("--seed", default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def standing(*, rounds: int, communes: int, devices: int, count: int, seed: int, as_json: bool) -> None:
    """Compare a standing order with an approval by hand; exit status 1 if anything sounded outside of an order."""
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
