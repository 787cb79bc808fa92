"""File of a hazard table (TOML): its fields with their bounds, and errors that name line, field and reason."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from broadcast.alerts.cap.message import Category, ResponseType

_Text = Annotated[str, Meta(min_length=1, max_length=600)]
_Action = Annotated[str, Meta(min_length=1, max_length=160)]
_Source = Annotated[str, Meta(min_length=1, max_length=300)]
_Risk = Annotated[int, Meta(ge=1, le=5)]
_Civil = Annotated[int, Meta(ge=1, le=3)]
_Minutes = Annotated[float, Meta(ge=1, le=7 * 24 * 60)]
_ERROR: Final = re.compile(r"^(?P<reason>.*?)(?: - at `\$\.?(?P<path>[^`]*)`)?$", re.DOTALL)
_UNKNOWN: Final = re.compile(r"unknown field `(?P<name>[^`]*)`")
_TOML_ERROR: Final = re.compile(
    r"^(?P<reason>.*) \(at (?:line (?P<line>\d+), column \d+|end of document)\)$", re.DOTALL
)
_HEADER: Final = re.compile(r"^\s*\[(?P<name>[\w. -]+)\]\s*(?:#.*)?$")
_KEY: Final = re.compile(r"^\s*(?P<key>\w[\w.-]*)\s*=")
T = TypeVar("T")
FILE_MAX: Final = 200_000
"""Characters; the national table has 33,000."""


class _TableEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class LevelEntry(_TableEntry, frozen=True):
    vi: _Text
    en: _Text
    colour: Annotated[str, Meta(pattern=r"^#[0-9a-f]{6}$")]
    colour_vi: _Text
    colour_en: _Text
    source: _Source


class SirenEntry(_TableEntry, frozen=True):
    """Siren: without ``length_s`` one blast as long as the installation says."""

    tone: Literal["siren-a", "siren-b", "siren-c", "gong"]
    source: _Source
    count: Annotated[int, Meta(ge=1, le=20)] = 1
    length_s: Annotated[float, Meta(ge=0.5, le=60)] | None = None
    gap_s: Annotated[float, Meta(ge=0, le=60)] = 0
    series: Annotated[int, Meta(ge=1, le=5)] = 1


class RoundsEntry(_TableEntry, frozen=True):
    source: _Source
    at_min: Annotated[list[_Minutes], Meta(max_length=20)] = []
    every_min: _Minutes | None = None


class TextEntry(_TableEntry, frozen=True):
    name: _Action
    danger: Annotated[list[_Text], Meta(min_length=1, max_length=5)]
    advice: _Text


class StageEntry(_TableEntry, frozen=True):
    vi: _Action
    en: _Action
    source: _Source
    siren: str = "gong"
    repeat: str = "once"
    response: list[ResponseType] = []


class UrgencyEntry(_TableEntry, frozen=True):
    level: _Civil
    risk: _Risk | None = None


class HazardEntry(_TableEntry, frozen=True):
    level: _Civil
    urgent_from: UrgencyEntry
    lasts_h: Annotated[float, Meta(gt=0, le=168)]
    asks: list[Literal["place", "happens_at", "intensity", "forecast"]]
    category: Category
    source: _Source
    vi: TextEntry
    en: TextEntry
    warning: StageEntry
    urgent: StageEntry
    over: StageEntry
    clauses: list[Annotated[int, Meta(ge=1, le=10)]] = []
    levels: list[_Risk] = []
    words: list[_Text] = []
    is_told_by_category: bool = False


class LocalHazardEntry(_TableEntry, frozen=True):
    """Hazard in a province's table: what it says replaces the national rule, field by field."""

    levels: list[_Risk] | None = None
    urgent_from: dict[str, Any] | None = None
    level: int | None = None
    lasts_h: float | None = None
    vi: dict[str, Any] | None = None
    en: dict[str, Any] | None = None
    warning: dict[str, Any] | None = None
    urgent: dict[str, Any] | None = None
    over: dict[str, Any] | None = None
    source: str | None = None


class LocalTableEntry(_TableEntry, frozen=True):
    """Head of a province's table: ``name`` for people, ``source`` of whatever names none of its own.

    ``contact``: office and telephone number that CAP documents tell the public.
    """

    name: _Action
    source: _Source
    contact: Annotated[str, Meta(max_length=200)] = ""


@dataclass(frozen=True, slots=True)
class TableProblem:
    """One fault of a table's file. ``line`` counts from 1; 0: of the whole."""

    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        place = f"line {self.line}" if self.line else "file"
        return f"{place}: {self.field}: {self.reason}" if self.field else f"{place}: {self.reason}"


class TableFileError(ValueError):
    """The file is no valid table; ``problems`` lists its faults, in the order of its lines."""

    def __init__(self, problems: list[TableProblem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


def raw_of(text: str) -> dict[str, Any]:
    """Parse TOML. Raises TableFileError."""
    if len(text) > FILE_MAX:
        raise TableFileError([TableProblem(0, "", f"longer than {FILE_MAX} characters")])
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _TOML_ERROR.match(str(error))
        reason, line = (found["reason"], int(found["line"] or 0)) if found else (str(error), 0)
        raise TableFileError([TableProblem(line or (text.count("\n") + 1), "", reason)]) from error


class TableReader:
    """Reader of the entries of one file, which collects what is wrong with them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.problems: list[TableProblem] = []

    def entry(self, raw: object, kind: type[T], field: str) -> T | None:
        """Return the entry of this kind; None, with a problem noted, where it is none."""
        try:
            return msgspec.convert(raw, kind)
        except msgspec.ValidationError as error:
            found = _ERROR.match(str(error))
            assert found is not None
            named = _UNKNOWN.search(found["reason"])
            inner = found["path"] or (named["name"] if named else "")
            self.refuse(f"{field}.{inner}".strip("."), found["reason"])
            return None

    def entries(self, raw: object, kind: type[T], field: str) -> dict[str, T]:
        """Return the entries of a table of tables by name."""
        if not isinstance(raw, dict):
            self.refuse(field, "Expected a table of tables")
            return {}
        found = {name: self.entry(each, kind, f"{field}.{name}") for name, each in raw.items()}
        return {name: each for name, each in found.items() if each is not None}

    def refuse(self, field: str, reason: str) -> None:
        self.problems.append(TableProblem(line_of(self._text, field), field, reason))

    def finish(self) -> None:
        """Raise TableFileError with everything that was noted."""
        if self.problems:
            raise TableFileError(sorted(self.problems, key=lambda each: each.line))


def line_of(text: str, field: str) -> int:
    """Return the line that says ``field`` (``hazards.flood.urgent.siren``), or the nearest above it; 0: none does."""
    wanted = re.sub(r"\[\d*\]|\[\.\.\.\]", "", field).strip(".")
    lines = dict(_fields(text))
    while wanted and wanted not in lines:
        wanted = wanted.rpartition(".")[0]
    return lines.get(wanted, 0)


def _fields(text: str) -> Iterator[tuple[str, int]]:
    above = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            above = header["name"].strip()
            yield above, number
        elif key := _KEY.match(line):
            yield f"{above}.{key['key']}" if above else key["key"], number
