"""Ground truth of a fleet, independent of the server: every sound of each card, and when each device could be heard."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import IO


@dataclass(slots=True)
class TrueSound:
    """One stretch of one item on a card. ``is_heard``: it left the horns.

    Instants are real time, ms UTC; ``off_ms`` is the error of the device's own time (its less the real one).
    ``ended_at`` None: it still sounds. ``by_power``: it ended because the power did.
    """

    device: str
    item: str
    boot: str
    planned_at: int
    started_at: int
    off_ms: int
    is_heard: bool
    ended_at: int | None = None
    is_whole: bool = False
    by_power: bool = False


@dataclass(frozen=True, slots=True)
class PhysicalState:
    """State of a device.

    ``why``: reasons it cannot be heard, as of the physics and of the firmware; none: it can.
    ``is_linked``: it has a connection that carries its messages to the server now.
    """

    why: tuple[str, ...]
    is_linked: bool

    @property
    def can_sound(self) -> bool:
        return not self.why


@dataclass
class Truth:
    """Ground truth log of a fleet, by change. ``out``: file for a line of JSON each."""

    out: IO[str] | None = None
    soundings: list[TrueSound] = field(default_factory=list)
    standings: dict[str, list[tuple[int, PhysicalState]]] = field(default_factory=dict)
    causes: list[tuple[int, int, str, str]] = field(default_factory=list)
    """Faults of a scenario: begin, end, kind and device."""

    def stands(self, device: str, at_ms: int, standing: PhysicalState) -> None:
        """Note the state of a device from now on; an unchanged one is not written."""
        series = self.standings.setdefault(device, [])
        if series and series[-1][1] == standing:
            return
        if series and series[-1][0] == at_ms:
            series.pop()
        series.append((at_ms, standing))
        self._line({"device": device, "at_ms": at_ms, "why": standing.why, "is_linked": standing.is_linked})

    def sounds(self, sounding: TrueSound) -> TrueSound:
        self.soundings.append(sounding)
        return sounding

    def ended(self, sounding: TrueSound, at_ms: int, *, is_whole: bool, by_power: bool = False) -> None:
        sounding.ended_at, sounding.is_whole, sounding.by_power = at_ms, is_whole, by_power
        self._line(asdict(sounding))

    def caused(self, since_ms: int, until_ms: int, what: str, whom: str) -> None:
        """Note a scenario's fault, as it begins."""
        self.causes.append((since_ms, until_ms, what, whom))
        self._line({"cause": what, "device": whom, "since_ms": since_ms, "until_ms": until_ms})

    def series(self, device: str) -> Iterator[tuple[int, PhysicalState]]:
        yield from self.standings.get(device, [])

    def _line(self, line: dict[str, object]) -> None:
        if self.out is not None:
            self.out.write(json.dumps(line, separators=(",", ":")) + "\n")
