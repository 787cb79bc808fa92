"""``loa bench alert --storm N``: N orders within a second: an alert in each commune, the province's, and a drill.

Of each order: the wait from its commit to its first publish, as the gateway logs it, and the time from its commit to
the last of its devices that has judged it. Baselines of the same run are one commune's alert and the province's, alone,
and storms without a server: the same messages at the same instants to the same devices, from a client that publishes,
and one that takes in the answers and forgets them. They say what broker and machine can do, which also does the work of
all devices: each gets three commands within the second. People approve in parallel, as in the web, whose threads they
stand for. Of several storms of each kind the medians are told.
"""

from __future__ import annotations

import os
import re
import statistics
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final

from bench.signing import local_keyring
from bench.speed.alert_answers import answers_counted
from bench.speed.alert_field import AlertField, alert_field
from bench.speed.field import (
    BenchError,
    SwarmProcesses,
    cpu_ms,
    furnish,
    gateway_link,
    running_broker,
    running_swarm,
)
from bench.speed.rows import Row
from broadcast.alerts.model import AlertKind, OrderId
from cms.platform.keyring import Keyring
from cms.platform.settings import Settings
from devices.protocol import topics
from province.areas import AreaId

WIDE: Final = 2
"""Orders of a storm that are for the whole province: its alert and the drill."""
WITHIN_S: Final = 1.0
STORMS: Final = 3
PEOPLE: Final = 16
PAUSE_S: Final = 2.5
DEADLINE_S: Final = 60.0
JUDGED_WITHIN_S: Final = 20.0
LOOK_S: Final = 0.5
_PUBLISHED: Final = re.compile(r"alert of (\S+) published (\d+) ms after it was queued")


@dataclass(frozen=True, slots=True)
class _Sent:
    order_id: OrderId
    area_id: AreaId | None
    topic: str
    committed_ns: int


@dataclass(frozen=True, slots=True)
class _Storm:
    """One storm: ``verified_ms``: topic to the time from its commit to its last device that judged it."""

    verified_ms: Mapping[str, float]
    answered_ms: float
    committed_ms: float
    waits_ms: Sequence[int]
    cpu_ms: Mapping[str, float]


def rows(settings: Settings, count: int, orders: int, processes: int) -> Iterator[Row]:
    """Run storms with the server and without it, after the two baselines of one alert."""
    communes = orders - WIDE
    keyring = local_keyring(settings)
    furnish(settings, keyring, count, communes=communes)
    with (
        running_broker(settings) as broker,
        running_swarm(settings, count, processes) as swarm,
        alert_field(settings, count, communes) as field,
    ):
        yield Row("connect_s", count, swarm.connect_s(), "s")
        with field.gateway():
            small = _alone(swarm, field, field.communes[0])
            large = _alone(swarm, field, None)
            spent: dict[str, Callable[[], float]] = {
                "gateway": partial(cpu_ms, field.gateway_pid),
                "people": partial(cpu_ms, os.getpid()),
                "broker": partial(cpu_ms, broker),
                "swarm": swarm.cpu_ms,
            }
            storms = [_storm(swarm, field, spent) for _ in range(STORMS)]
        yield from _own_rows(count, storms)
        # Last, as what the devices tell of it has no receipt.
        without = [_without_server(settings, keyring, swarm, field) for _ in range(STORMS)]
        yield from _figures(count, field, [each.verified_ms for each in storms], (small, large), without)


def _own_rows(count: int, storms: Sequence[_Storm]) -> Iterator[Row]:
    for program in storms[0].cpu_ms:
        value = statistics.median(each.cpu_ms[program] for each in storms)
        yield Row(f"{program}_cpu_ms", count, round(value, 1), "ms")
    for name, found in (
        ("all_answers_committed_ms", [each.answered_ms for each in storms]),
        ("committed_within_ms", [each.committed_ms for each in storms]),
        ("wait_median_ms", [statistics.median(each.waits_ms) for each in storms]),
    ):
        yield Row(name, count, round(statistics.median(found), 1), "ms")
    yield Row("wait_longest_ms", count, max(max(each.waits_ms) for each in storms), "ms")


def _alone(swarm: SwarmProcesses, field: AlertField, area_id: AreaId | None) -> float:
    """Return the time from an alert's commit to its last device, with nothing else, in ms."""
    found = []
    for _ in range(3):
        swarm.watch_topics()
        sent = _approve(field, area_id, AlertKind.LIVE)
        field.all_answered_ns(sent.order_id, DEADLINE_S)
        found.append(_verified_ms(field, swarm, [sent])[sent.order_id])
        _end(field, [sent])
    return statistics.median(found)


def _wanted(field: AlertField) -> Sequence[tuple[AreaId | None, AlertKind]]:
    """List the orders of a storm, the wide ones in the middle: before them and after them others are on their way."""
    communes = [(area_id, AlertKind.LIVE) for area_id in field.communes]
    half = len(communes) // 2
    return [*communes[:half], (None, AlertKind.DRILL), (None, AlertKind.LIVE), *communes[half:]]


def _await_turn(began_ns: int, number: int, total: int) -> None:
    due_s = WITHIN_S * number / total - (time.monotonic_ns() - began_ns) / 1e9
    threading.Event().wait(max(0.0, due_s))


def _without_server(
    settings: Settings, keyring: Keyring, swarm: SwarmProcesses, field: AlertField
) -> Mapping[str, float]:
    """Map each topic of a storm to the time from its publish to its last device, in ms."""
    wanted = _wanted(field)
    letters = [field.messages(area_id, kind) for area_id, kind in wanted]
    with gateway_link(settings, keyring) as link, answers_counted(field):
        swarm.watch_topics()
        threading.Event().wait(PAUSE_S)
        began_ns = time.monotonic_ns()
        sent = []
        for number, (command, _) in enumerate(letters):
            _await_turn(began_ns, number, len(letters))
            sent.append(_Sent(OrderId(command.topic), wanted[number][0], command.topic, time.monotonic_ns()))
            link.publish(command.topic, command.payload, expiry_s=60)
        until_s = time.monotonic() + JUDGED_WITHIN_S
        while sum(count for count, _ in swarm.verified().values()) < field.count * (1 + WIDE):
            if time.monotonic() > until_s:
                break
            threading.Event().wait(LOOK_S)
        found = _verified_ms(field, swarm, sent)
        for _, end in letters:
            link.publish(end.topic, end.payload, expiry_s=60)
        threading.Event().wait(PAUSE_S)
        return {each.topic: found[each.order_id] for each in sent}


def _storm(swarm: SwarmProcesses, field: AlertField, spent: Mapping[str, Callable[[], float]]) -> _Storm:
    """Send all orders within a second, and cancel them afterwards."""
    wanted = _wanted(field)
    swarm.watch_topics()
    threading.Event().wait(PAUSE_S)
    before_ms = {name: clock() for name, clock in spent.items()}
    began_ns = time.monotonic_ns()

    def approve(number: int) -> _Sent:
        _await_turn(began_ns, number, len(wanted))
        return _approve(field, *wanted[number])

    with ThreadPoolExecutor(PEOPLE) as people:
        sent = list(people.map(approve, range(len(wanted))))
    # Devices refuse the drill while the alert is in force, which is an answer too.
    answered_ns = max(field.all_answered_ns(each.order_id, DEADLINE_S) for each in sent)
    cpu = {name: clock() - before_ms[name] for name, clock in spent.items()}
    verified, waits = _verified_ms(field, swarm, sent), _waits_ms(field)
    _end(field, sent)
    return _Storm(
        verified_ms={each.topic: verified[each.order_id] for each in sent},
        answered_ms=(answered_ns - began_ns) / 1e6,
        committed_ms=(max(each.committed_ns for each in sent) - began_ns) / 1e6,
        waits_ms=[waits[each.order_id] for each in sent],
        cpu_ms=cpu,
    )


def _topic(field: AlertField, area_id: AreaId | None, kind: AlertKind) -> str:
    return (topics.area_drill if kind is AlertKind.DRILL else topics.area_alert)(area_id or field.area_id)


def _approve(field: AlertField, area_id: AreaId | None, kind: AlertKind) -> _Sent:
    order_id, committed_ns = field.approve(area_id=area_id, kind=kind)
    return _Sent(order_id, area_id, _topic(field, area_id, kind), committed_ns)


def _verified_ms(field: AlertField, swarm: SwarmProcesses, sent: Sequence[_Sent]) -> dict[OrderId, float]:
    """Map each order to the time from its commit to the last device that judged it, in ms."""
    found = swarm.verified()
    for each in sent:
        meant = field.count
        if each.area_id is not None:
            meant = len(range(field.communes.index(each.area_id), field.count, len(field.communes)))
        count = found.get(each.topic, (0, 0))[0]
        if count != meant:
            raise BenchError(f"{count} devices have judged the order of {each.topic}, not {meant}")
    return {each.order_id: (found[each.topic][1] - each.committed_ns) / 1e6 for each in sent}


def _figures(
    count: int,
    field: AlertField,
    storms: Sequence[Mapping[str, float]],
    alone: tuple[float, float],
    without: Sequence[Mapping[str, float]],
) -> Iterator[Row]:
    """Yield the median of the storms, against one alert of the same size, and against a storm without a server."""
    small, large = alone
    communes = [_topic(field, area_id, AlertKind.LIVE) for area_id in field.communes]
    parts: list[tuple[str, float, Sequence[str], Callable[[Iterable[float]], float]]] = [
        ("commune_median", small, communes, statistics.median),
        ("commune_last", small, communes, max),
        ("drill", large, [_topic(field, None, AlertKind.DRILL)], max),
        ("province", large, [_topic(field, None, AlertKind.LIVE)], max),
    ]
    for name, one, chosen, pick in parts:
        value, other = (
            statistics.median(pick(found[topic] for topic in chosen) for found in some) for some in (storms, without)
        )
        yield Row.against(f"{name}_verified_ms", count, round(value, 1), "ms", baseline=one)
        yield Row.against(f"{name}_beside_devices_ms", count, round(value, 1), "ms", baseline=other)


def _waits_ms(field: AlertField) -> dict[str, int]:
    """Map each order to the time from its commit to its first publish, by the gateway's log."""
    lines = (field.context.settings.root / "gateway.log").read_text().splitlines()
    return {found[1]: int(found[2]) for line in lines if (found := _PUBLISHED.search(line))}


def _end(field: AlertField, sent: Sequence[_Sent]) -> None:
    for each in sent:
        field.cancel(each.order_id)
    threading.Event().wait(PAUSE_S)
    field.settle(DEADLINE_S)
