"""``loa chaos-alert``: seven faults; after each, the devices that sounded the alert once, more often or wrongly."""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from bench.chaos.alert_stage import SILENT_WITHIN_MS, AlertStage, DeviceProcess, StageTimeoutError, holds, pause, staged
from bench.chaos.network import FAIR, NetworkConditions
from bench.chaos.replay import replay
from bench.demo import world as demo_world
from broadcast.alerts.orders import Order, ReachState
from cms.alerts.messages.alerts import AlertMessages, alert_topics
from cms.platform.settings import Settings
from devices.model import DeviceId
from devices.protocol import topics

HEARD_WITHIN_S: Final = 60.0
AFTERWARDS_S: Final = 3.0
"""Wait for a second sounding, which should not come."""
STORM: Final = NetworkConditions(delay_s=0.5, loss=0.3, cuts_per_s=0.05)


@dataclass(frozen=True, slots=True)
class AlertFaultResult:
    """Result of one fault: ``once``, ``never``, ``more`` of ``meant`` pairs of order and device, by the ground truth.

    A pair counts as heard when it sounded whole; one that was to be silent counts as ``once`` when it was.
    """

    fault: str
    meant: int
    once: int
    never: int
    more: int
    others: int
    after_cancel: int
    seconds: float

    @property
    def is_good(self) -> bool:
        return self.once == self.meant and not (self.never or self.more or self.others or self.after_cancel)


@click.command("chaos-alert")
@click.option("--devices", default=100, show_default=True, help="That stay on the mains")
@click.option("--off", default=500, show_default=True, help="That are off while one is raised and cancelled")
@click.option("--wrong", default=20, show_default=True, help="With a clock 5 minutes fast, and as many 5 minutes slow")
@click.option("--others", default=20, show_default=True, help="In another area: they must hear nothing")
@click.option(
    "--silent-within-ms", default=SILENT_WITHIN_MS, show_default=True, help="Nothing may sound later after the cancel"
)
@click.option("--faults", default="", help="Only these, by number, with commas")
@click.option("--seed", default=None, type=int, help="Of the weather; printed, so that a run can be repeated")
@click.option("--home", default=None, type=click.Path(path_type=Path), help="Kept afterwards; default: a temporary one")
def chaos_alert(
    *,
    devices: int,
    off: int,
    wrong: int,
    others: int,
    silent_within_ms: int,
    faults: str,
    seed: int | None,
    home: Path | None,
) -> None:
    """Check that every targeted device sounds an alert once, no other device does, and none after the cancel."""
    seed = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    wanted = [FAULTS[int(number) - 1] for number in faults.split(",")] if faults else FAULTS
    click.echo(f"seed {seed}: {devices} + {off} + 2 x {wrong} devices, {others} others")
    with tempfile.TemporaryDirectory(prefix="loa-chaos-") as spare:
        settings = demo_world.any_ports(Settings(home=home or Path(spare), alert_tone_ms=1_500))
        with staged(settings, (devices, off, wrong, others), seed) as stage:
            stage.silent_within_ms = silent_within_ms
            verdicts = [_try(stage, fault) for fault in wanted]
    click.echo(json.dumps({"ok": all(each.is_good for each in verdicts), "faults": len(verdicts)}))
    sys.exit(0 if all(each.is_good for each in verdicts) else 1)


def broker_killed_when_half_have_it(stage: AlertStage) -> AlertFaultResult:
    stage.network.hold_half()
    began_s = time.monotonic()
    order = stage.approve()
    half = len(stage.states(order)) // 3
    if not holds(lambda: stage.answered(order) >= half, HEARD_WITHIN_S):
        raise StageTimeoutError(f"only {stage.answered(order)} of the half that was to hear it answered")
    stage.kill("broker")
    stage.network.drop_held()
    return _heard(stage, began_s, [order], _everyone(stage))


def gateway_killed_between_commit_and_publish(stage: AlertStage) -> AlertFaultResult:
    began_s = time.monotonic()
    order = stage.approve(just_before=lambda: stage.stop("gateway"))
    stage.kill("gateway")
    return _heard(stage, began_s, [order], _everyone(stage))


def loss_delay_and_duplicates(stage: AlertStage) -> AlertFaultResult:
    stage.network.become(STORM)
    try:
        began_s = time.monotonic()
        order = stage.approve()
        return _heard(stage, began_s, [order], _everyone(stage))
    finally:
        stage.network.become(FAIR)


def off_and_back_after_the_cancel(stage: AlertStage) -> AlertFaultResult:
    stage.off.kill()
    began_s = time.monotonic()
    order = stage.approve(every_ms=4_000)
    on = _everyone(stage) - stage.off.devices
    stage.await_heard(order, on, HEARD_WITHIN_S)
    stage.cancel(order)
    pause(AFTERWARDS_S)
    stage.off.start()
    pause(AFTERWARDS_S * 2)
    return _silent(stage, began_s, [order], stage.off.devices)


def clocks_five_minutes_wrong(stage: AlertStage) -> AlertFaultResult:
    """Run devices fresh from the factory, whose only source of time is their hardware clock."""
    for fleet in (stage.fast, stage.slow):
        fleet.kill()
        fleet.forget()
    began_s = time.monotonic()
    order = stage.approve()
    for fleet in (stage.fast, stage.slow):
        fleet.start()
    return _heard(stage, began_s, [order], _everyone(stage))


def two_alerts_a_second_apart(stage: AlertStage) -> AlertFaultResult:
    began_s = time.monotonic()
    first = stage.approve()
    pause(1.0)
    second = stage.approve()
    return _heard(stage, began_s, [first, second], _everyone(stage))


def cancel_before_the_alert(stage: AlertStage) -> AlertFaultResult:
    """Send the end, then replay a late copy of the order on all its topics."""
    began_s = time.monotonic()
    order = stage.approve(just_before=lambda: stage.stop("gateway"))
    stage.cancel(order)
    stage.go_on("gateway")
    if not holds(lambda: _are_all(stage, order, ReachState.CANCELLED), HEARD_WITHIN_S):
        raise StageTimeoutError(f"the end reached {Counter(stage.states(order).values())}")
    with stage.stopped("gateway"):
        _replay(stage, order)
    pause(AFTERWARDS_S)
    return _silent(stage, began_s, [order], _everyone(stage))


Fault = Callable[[AlertStage], AlertFaultResult]
FAULTS: Final[Sequence[Fault]] = (
    broker_killed_when_half_have_it,
    gateway_killed_between_commit_and_publish,
    loss_delay_and_duplicates,
    off_and_back_after_the_cancel,
    clocks_five_minutes_wrong,
    two_alerts_a_second_apart,
    cancel_before_the_alert,
)


def _try(stage: AlertStage, fault: Fault) -> AlertFaultResult:
    try:
        found = fault(stage)
    except StageTimeoutError as error:
        click.echo(f"{fault.__name__}: {error}")
        found = AlertFaultResult(fault.__name__, 1, 0, 1, 0, 0, 0, 0.0)
    found = AlertFaultResult(
        **{**{name: getattr(found, name) for name in AlertFaultResult.__slots__}, "fault": fault.__name__}
    )
    click.echo(
        f"{'good' if found.is_good else 'BAD':<6}{found.fault:<44}meant {found.meant:>5}  once {found.once:>5}  "
        f"never {found.never:>3}  more {found.more:>3}  others {found.others:>3}  "
        f"after cancel {found.after_cancel:>3}  {found.seconds:6.1f} s"
    )
    return found


def _everyone(stage: AlertStage) -> frozenset[DeviceId]:
    fleets: Sequence[DeviceProcess] = (stage.main, stage.off, stage.fast, stage.slow)
    return frozenset().union(*(fleet.devices for fleet in fleets)) - stage.bystanders


def _heard(
    stage: AlertStage, began_s: float, orders: Sequence[Order], devices: Collection[DeviceId]
) -> AlertFaultResult:
    """Count the whole soundings of each order by each device, then end the orders."""
    for order in orders:
        stage.await_heard(order, devices, HEARD_WITHIN_S)
    seconds = time.monotonic() - began_s
    pause(AFTERWARDS_S)
    whole = Counter(
        (each.order_id, each.device_id) for order in orders for each in stage.soundings(order) if each.result == "done"
    )
    pairs = [(order.id, device_id) for order in orders for device_id in devices]
    found = Counter(min(whole[pair], 2) for pair in pairs)
    for order in orders:
        stage.cancel(order)
    pause(AFTERWARDS_S)
    return AlertFaultResult(
        "", len(pairs), found[1], found[0], found[2], _others(stage, orders), _late(stage, orders), seconds
    )


def _silent(
    stage: AlertStage, began_s: float, orders: Sequence[Order], devices: Collection[DeviceId]
) -> AlertFaultResult:
    """Count the devices that sound an order although none should."""
    seconds = time.monotonic() - began_s
    heard = {
        (each.order_id, each.device_id)
        for order in orders
        for each in stage.soundings(order)
        if each.device_id in devices and _is_audible(each.started_ms, each.ended_ms)
    }
    pairs = len(orders) * len(devices)
    return AlertFaultResult(
        "", pairs, pairs - len(heard), 0, len(heard), _others(stage, orders), _late(stage, orders), seconds
    )


def _others(stage: AlertStage, orders: Sequence[Order]) -> int:
    """Count soundings on devices that are not targeted."""
    return sum(each.device_id in stage.bystanders for order in orders for each in stage.soundings(order))


def _late(stage: AlertStage, orders: Sequence[Order]) -> int:
    """Count soundings that ended later after the cancel than the bar allows, by the true time."""
    late = set()
    for order in orders:
        cancelled_ms = stage.cancelled_ms.get(order.id)
        for each in stage.soundings(order) if cancelled_ms else ():
            ahead_ms = _ahead_ms(stage, each.device_id)
            ended_ms = each.ended_ms or each.started_ms
            is_over = each.result != "started"
            if (
                is_over
                and ended_ms - ahead_ms > (cancelled_ms or 0) + stage.silent_within_ms
                and _is_audible(each.started_ms, each.ended_ms)
            ):
                late.add((order.id, each.device_id))
    return len(late)


def _ahead_ms(stage: AlertStage, device_id: DeviceId) -> int:
    return (device_id in stage.fast.devices) * 300_000 - (device_id in stage.slow.devices) * 300_000


AMP_WAKE_MS: Final = 1_000


def _is_audible(started_ms: int, ended_ms: int | None) -> bool:
    """Return whether a round lasted beyond the silence at its start, in which the amplifier wakes."""
    return ended_ms is not None and ended_ms - started_ms > AMP_WAKE_MS


def _are_all(stage: AlertStage, order: Order, state: ReachState) -> bool:
    return all(each is state for each in stage.states(order).values())


def _replay(stage: AlertStage, order: Order) -> None:
    letters = AlertMessages(stage.context.keyring, tone_ms=stage.context.settings.alert_tone_ms)
    payload = letters.order(order, order.issued_at)[0].payload
    ways = [*alert_topics(order), *(topics.device_command(each) for each in stage.states(order))]
    if not replay(stage.context, ways, payload):
        raise StageTimeoutError("the broker did not take the replayer")
