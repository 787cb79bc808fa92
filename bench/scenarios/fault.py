"""Fault of a scenario: its targets and times, and the effect that each kind has.

Every kind is a struct of its own, so that it has the fields it uses and no other. Its ``begin`` acts on one device and
returns the call that ends it; one of shared infrastructure acts on all of them.
"""

import re
from collections.abc import Callable
from typing import Annotated, Final, NamedTuple

import msgspec

from bench.fault_injection.targets import FleetClock, TargetDevice, TargetFleet
from bench.virtual_fleet.device import Surroundings

UNITS_MS: Final = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|[dhms])")
AGAIN_MS: Final = 60_000

End = Callable[[], object]
Share = Annotated[float, msgspec.Meta(gt=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=1)]
PerMinute = Annotated[float, msgspec.Meta(gt=0, le=6000)]


def to_ms(text: str) -> int:
    """Convert a duration as people write it (``1d 6h 30m``, ``90s``, ``500ms``) to milliseconds.

    Raises:
        ValueError: it is no duration.
    """
    bare = text.strip()
    if bare == "0":
        return 0
    parts = _PART.findall(bare)
    if not parts or _PART.sub("", bare).strip():
        raise ValueError(f"{text!r} is no length of time: write it as 1d 6h 30m, 90s or 500ms")
    return round(sum(float(number) * UNITS_MS[unit] for number, unit in parts))


class StrictStruct(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base that rejects unknown fields: they are mistakes of the author."""


class FaultTargets(StrictStruct, frozen=True):
    """Targets: exactly one field. ``count`` and ``share`` draw each time; ``one_area``: all devices of a drawn area."""

    everybody: bool = False
    devices: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    one_area: bool = False
    count: Count | None = None
    share: Share | None = None


class FaultTarget(NamedTuple):
    """Device on which a fault begins, and its fleet."""

    device: TargetDevice
    fleet: TargetFleet


class ScenarioFault(StrictStruct, frozen=True, tag_field="fault"):
    """Fault. ``at``: from the scenario's start, local midnight; ``lasts`` empty: to the end; ``every``: repeated."""

    who: FaultTargets
    at: str
    lasts: str = ""
    every: str = ""
    times: Count = 1

    @property
    def kind(self) -> str:
        """Tag of its kind in YAML."""
        return str(self.__struct_config__.tag)

    def begin(self, target: FaultTarget) -> End:
        """Begin it on this device. The caller calls ``felt`` afterwards, now and at the end."""
        raise TypeError(self, target)


class SharedFault(ScenarioFault, frozen=True, tag=None):
    """Fault of shared infrastructure, without a single device: ``who`` has to be ``everybody``."""

    def begin_for_all(self, around: Surroundings, on_server: Callable[[bool], object]) -> End:
        """Begin it. ``on_server`` is called with whether the server is up from now on."""
        raise NotImplementedError


def switched(owner: object, name: str, *, usual: object, now: object) -> End:
    """Set an attribute to ``now``; return the call that sets it to ``usual``."""
    setattr(owner, name, now)
    return lambda: setattr(owner, name, usual)


def repeated(clock: FleetClock, every_ms: float, do: Callable[[], object]) -> End:
    """Repeat a call every ``every_ms``, until it is ended."""
    is_over = False

    def once() -> None:
        if not is_over:
            do()
            clock.after(every_ms, once)

    def end() -> None:
        nonlocal is_over
        is_over = True

    clock.after(every_ms, once)
    return end
