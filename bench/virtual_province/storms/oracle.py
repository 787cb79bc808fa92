"""Oracle of a storm: the end state of a device by docs/alerts.md and docs/protocol.md, from the facts alone.

It calls nothing of the server's or of the device's. It knows no messages: whatever the order in which they come, twice
or late, the end has to be the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import assert_never

from bench.virtual_province.storms.facts import Cancelled, Fact, Lifted, Raised, Repeated, Stopped


@dataclass(slots=True)
class _Alert:
    """An alert in force on a device. ``heard_as``: orders whose whole sounding counts as its own."""

    raised: Raised
    order: str
    issued_ms: int
    heard_as: frozenset[str]
    is_silenced: bool = False


@dataclass(frozen=True, slots=True)
class DeviceEnd:
    """End state. ``orders``: in force, with those that count as heard where one was heard whole; empty: it is silent.

    ``possible``: drills that may be in force or not, as an alert came in between. ``top``: the order of highest rank.
    ``silences``: stops below which nothing but alerts sounds, with their ends.
    """

    orders: dict[str, frozenset[str]]
    possible: frozenset[str]
    silences: dict[str, int]
    top: str


@dataclass
class _Device:
    commune: str
    alerts: dict[str, _Alert] = field(default_factory=dict)
    silences: dict[str, int] = field(default_factory=dict)
    had_alert: bool = False


def end_of(commune: str, facts: Iterable[Fact], now_ms: int) -> DeviceEnd:
    """Return the end state of a device of this commune, which was at last reached by everything."""
    device, meant = _Device(commune), dict[str, frozenset[str]]()
    for fact in facts:
        match fact:
            case Raised():
                _raise(device, meant, fact)
            case Cancelled():
                device.alerts.pop(fact.alert, None)
                meant.pop(fact.alert, None)
            case Repeated():
                _repeat(device, fact)
            case Stopped():
                _stop(device, fact)
            case Lifted():
                device.silences.pop(fact.stop, None)
            case _:
                assert_never(fact)
    return _end(device, now_ms)


def _raise(device: _Device, meant: dict[str, frozenset[str]], new: Raised) -> None:
    old = None
    if new.updates in meant:
        # Everywhere, where all its people may declare in every place of the older one; else in the places of both.
        there = meant[new.updates]
        ends = there if all(there <= places for places in new.by) else there & new.communes
        old = _end_in(device, meant, new.updates, ends)
    meant[new.alert] = new.communes
    if not new.is_drill and not new.is_calm:
        for name in [each.raised.alert for each in device.alerts.values() if _is_calm(each)]:
            _end_in(device, meant, name, new.communes)
    if device.commune not in new.communes:
        return
    device.had_alert = device.had_alert or not new.is_drill
    # A minor update of what was heard sounds only where that was not heard; one ended in part has no successor.
    inherited = old.heard_as if old is not None and new.is_minor and not old.is_silenced else frozenset[str]()
    device.alerts[new.alert] = _Alert(new, new.order, new.at_ms, frozenset({new.order}) | inherited)


def _is_calm(alert: _Alert) -> bool:
    return alert.raised.is_calm and not alert.raised.is_drill


def _end_in(device: _Device, meant: dict[str, frozenset[str]], alert: str, communes: frozenset[str]) -> _Alert | None:
    """End it in these communes; return what the device had of it, where that ended as a whole."""
    left = meant[alert] - communes
    gone = device.alerts.pop(alert, None) if device.commune in communes else None
    if left:
        meant[alert] = left
        return None
    del meant[alert]
    return gone


def _repeat(device: _Device, fact: Repeated) -> None:
    alert = device.alerts.get(fact.alert)
    if alert is None:
        return
    before = frozenset[str]() if alert.is_silenced else alert.heard_as
    heard_as = frozenset({fact.order}) | before
    device.alerts[fact.alert] = replace(
        alert, order=fact.order, issued_ms=fact.at_ms, heard_as=heard_as, is_silenced=False
    )


def _stop(device: _Device, stop: Stopped) -> None:
    if device.commune not in stop.communes:
        return
    if stop.until_ms:
        device.silences[stop.stop] = stop.until_ms
    if stop.mutes_alerts:
        for alert in device.alerts.values():
            alert.is_silenced = alert.is_silenced or alert.issued_ms <= stop.at_ms


def _end(device: _Device, now_ms: int) -> DeviceEnd:
    held = [each for each in device.alerts.values() if not each.is_silenced and each.raised.until_ms > now_ms]
    live = [each for each in held if not each.raised.is_drill]
    drills = [each for each in held if each.raised.is_drill]
    in_force = live or ([] if device.had_alert else drills)
    possible = drills if device.had_alert and not live else []
    top = max(in_force, key=lambda each: (each.raised.level, each.issued_ms, each.order), default=None)
    return DeviceEnd(
        orders={each.order: frozenset() if each.raised.is_silent else each.heard_as for each in in_force},
        possible=frozenset(each.order for each in possible),
        silences={stop: until_ms for stop, until_ms in device.silences.items() if until_ms > now_ms},
        top="" if top is None else top.order,
    )
