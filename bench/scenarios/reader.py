"""Scenario: faults with their targets and times, read from YAML; errors name the problem and its line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import yaml

from bench.scenarios import device_faults as device
from bench.scenarios import firmware_faults as firmware
from bench.scenarios.fault import FaultTargets, ScenarioFault, SharedFault, StrictStruct, to_ms

AnyFault = (
    device.MainsCut
    | device.SpeakerOpen
    | device.SpeakerShort
    | device.SpeakerEarth
    | device.AmplifierHot
    | device.SilentPlayback
    | device.DiskFull
    | device.DiskReadOnly
    | device.DoorOpen
    | device.OldBattery
    | device.HalfOpenLink
    | device.NatTimeout
    | device.BadNetwork
    | device.Duplicates
    | device.WeakSignal
    | device.CorruptDownload
    | device.SlowServer
    | device.BrokerDown
    | device.ServerDown
    | device.CertificateEnds
    | device.DataUsed
    | firmware.ClockSkew
    | firmware.BadFirmware
    | firmware.ClonedCertificate
    | firmware.CryingBaby
    | firmware.Malformed
    | firmware.Seconds
    | firmware.OldProtocol
    | firmware.Replay
    | firmware.Trespass
)
OF_LOUDSPEAKERS = (
    device.SpeakerOpen,
    device.SpeakerShort,
    device.SpeakerEarth,
    device.AmplifierHot,
    device.SilentPlayback,
)
"""Faults of devices with a loudspeaker: a board or a station's machine is not drawn for them."""
OF_CONNECTED = (
    firmware.Trespass,
    firmware.Malformed,
    firmware.Replay,
    firmware.ClonedCertificate,
    device.CertificateEnds,
)
"""Faults that stay unnoticed on a device that is off or out of reach at their begin: others are drawn first."""
FOLDER: Final = Path(__file__).parent
_PATH: Final = re.compile(r"`\$(?P<path>[^`]*)`")
_STEP: Final = re.compile(r"\.([A-Za-z_]\w*)|\[(\d+)\]")


class Scenario(StrictStruct, frozen=True):
    """Scenario. ``lasts``: its length; faults still active then end, and the fleet has time to report."""

    name: str
    lasts: str
    faults: tuple[AnyFault, ...]


@dataclass
class ScenarioError(ValueError):
    """A scenario is invalid. ``line`` counts from 1."""

    source: str
    line: int
    problem: str

    def __str__(self) -> str:
        return f"{self.source}, line {self.line}: {self.problem}"


def named(name: str) -> Scenario:
    """Read a scenario that comes with the simulator, or a file.

    Raises:
        ScenarioError: it is no scenario.
        FileNotFoundError: there is none.
    """
    shipped = FOLDER / f"{name}.yaml"
    path = shipped if shipped.exists() else Path(name)
    return read(path.read_text(encoding="utf-8"), path.name)


def in_real_time(name: str) -> Scenario:
    """Read as ``named``, if a fleet without control of broker and server can play it.

    Raises:
        ValueError: there is none, it is none (a ScenarioError), or it takes more than a fleet.
    """
    try:
        scenario = named(name)
    except FileNotFoundError:
        known = ", ".join(sorted(path.stem for path in FOLDER.glob("*.yaml")))
        problem = f"there is no scenario and no file {name}; those that come with the simulator: {known}"
        raise ValueError(problem) from None
    shared = sorted({fault.kind for fault in scenario.faults if isinstance(fault, SharedFault)})
    if shared:
        words = ", ".join(shared)
        raise ValueError(f"{scenario.name}: a fleet cannot bring about {words}: stop the program in question by hand")
    return scenario


def timetable(scenario: Scenario) -> Iterator[str]:
    """Yield a line with the length of the scenario, and one for each fault with its time."""
    yield f"{scenario.name}: {scenario.lasts} from the start of the fleet"
    for fault in sorted(scenario.faults, key=lambda fault: to_ms(fault.at)):
        until = f"for {fault.lasts}" if fault.lasts else "to the end"
        yield f"  at {fault.at:>6} {fault.kind}, {until}"


def read(text: str, source: str = "scenario") -> Scenario:
    """Read and check a scenario. Raises ScenarioError."""
    try:
        node = yaml.compose(text)
        plain = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        raise ScenarioError(source, 1 if mark is None else mark.line + 1, str(problem)) from None
    try:
        scenario = msgspec.convert(plain, Scenario)
    except msgspec.ValidationError as error:
        found = _PATH.search(str(error))
        steps = [] if found is None else _steps(found["path"])
        raise ScenarioError(source, _line(node, steps), str(error)) from None
    _check(scenario, node, source)
    return scenario


def _check(scenario: Scenario, node: yaml.Node | None, source: str) -> None:
    """Check rules that types do not express. Raises ScenarioError."""

    def lengths(fault: ScenarioFault | Scenario, fields: tuple[str, ...], steps: list[str | int]) -> None:
        for name in fields:
            text = getattr(fault, name, "")
            try:
                if text:
                    to_ms(text)
            except ValueError as error:
                raise ScenarioError(source, _line(node, [*steps, name]), str(error)) from None

    lengths(scenario, ("lasts",), [])
    for number, fault in enumerate(scenario.faults):
        steps: list[str | int] = ["faults", number]
        lengths(fault, ("at", "lasts", "every", "idle", "delay", "by", "lives"), steps)
        chosen = _chosen(fault.who)
        if len(chosen) != 1:
            problem = (
                f"who is exactly one of {', '.join(FaultTargets.__struct_fields__)}; here it is {len(chosen)} of them"
            )
            raise ScenarioError(source, _line(node, [*steps, "who"]), problem)
        if isinstance(fault, SharedFault) and chosen != ["everybody"]:
            raise ScenarioError(source, _line(node, [*steps, "who"]), "this befalls everybody: true")
        if fault.times > 1 and not fault.every:
            raise ScenarioError(source, _line(node, [*steps, "times"]), "times needs every")
        if fault.every and fault.lasts and to_ms(fault.every) <= to_ms(fault.lasts):
            raise ScenarioError(source, _line(node, [*steps, "every"]), "it would come again before it is over")


def _chosen(who: FaultTargets) -> list[str]:
    return [name for name in FaultTargets.__struct_fields__ if getattr(who, name)]


def _steps(path: str) -> list[str | int]:
    return [int(number) if number else name for name, number in _STEP.findall(path)]


def _line(node: yaml.Node | None, steps: list[str | int]) -> int:
    """Return the line on which the deepest of these steps that is written begins."""
    line = 1 if node is None else node.start_mark.line + 1
    for step in steps:
        inner = _inner(node, step)
        if inner is None:
            break
        node, line = inner
    return line


def _inner(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step].start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                return value, key.start_mark.line + 1
    return None
