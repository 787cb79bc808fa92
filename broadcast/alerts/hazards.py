"""Hazards, and the table of their rules and texts: the national one of the package, and a province's upon it.

A sentence on the danger may hold the slot ``{intensity}``, and is left out where that fact is not known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from broadcast.alerts.hazard_rules import (
    AlertLevel,
    HazardRule,
    HazardText,
    RiskLevel,
    RiskRule,
    Rounds,
    SirenPattern,
    Stage,
    StageRule,
)
from broadcast.alerts.table_file import (
    HazardEntry,
    LevelEntry,
    LocalHazardEntry,
    LocalTableEntry,
    RoundsEntry,
    SirenEntry,
    StageEntry,
    TableReader,
    TextEntry,
    raw_of,
)

GONG: Final = "gong"
LANGUAGES_WITH_TEXT: Final = ("vi", "en")
SERIES_MAX_MS: Final = 300_000
"""Longest series of blasts: the words must not wait longer."""
_HEAD: Final = ("name", "source", "contact")
_NAMED: Final = ("sirens", "repeats")
SLOT: Final = "{intensity}"


class Hazard(StrEnum):
    """Hazard that an alert warns of; each has an entry in the table."""

    STORM = "storm"
    TROPICAL_DEPRESSION = "tropical_depression"
    STORM_SURGE = "storm_surge"
    HEAVY_RAIN = "heavy_rain"
    FLOOD = "flood"
    FLASH_FLOOD = "flash_flood"
    LANDSLIDE = "landslide"
    SUBSIDENCE = "subsidence"
    DAM_RELEASE = "dam_release"
    DAM_BREAK = "dam_break"
    SEA_WIND = "sea_wind"
    THUNDERSTORM = "thunderstorm"
    FOG = "fog"
    HEAT = "heat"
    COLD = "cold"
    DROUGHT = "drought"
    SALT_INTRUSION = "salt_intrusion"
    TSUNAMI = "tsunami"
    EARTHQUAKE = "earthquake"
    FOREST_FIRE = "forest_fire"
    EPIDEMIC = "epidemic"
    CHEMICAL = "chemical"
    PUBLIC_ORDER = "public_order"
    MISSING_PERSON = "missing_person"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class HazardTable:
    """Rules of every hazard and every risk level; the others are empty in the national table.

    The order of ``hazards`` is that in which the words of a CAP message are looked for. ``changed`` are the hazards of
    which a province says something of its own.
    """

    hazards: Mapping[Hazard, HazardRule]
    risks: Mapping[RiskLevel, RiskRule]
    name: str = ""
    source: str = ""
    contact: str = ""
    changed: tuple[Hazard, ...] = ()


def national(text: str) -> HazardTable:
    """Build the national table from its file. Raises TableFileError."""
    reader = TableReader(text)
    table = _table(reader, _with_sources(raw_of(text)))
    reader.finish()
    return table


@lru_cache(maxsize=8)
def of_province(text: str) -> HazardTable:
    """Build a province's table: the national one, with what this file says otherwise; empty: the national one.

    Raises:
        TableFileError: with every fault that was found; nothing of such a file is used.
    """
    if not text:
        return NATIONAL
    reader, raw = TableReader(text), raw_of(text)
    for name in raw.keys() - {*_HEAD, "sirens", "repeats", "hazards"}:
        reader.refuse(name, "Not a field of a province's table")
    head = reader.entry({key: raw[key] for key in _HEAD if key in raw}, LocalTableEntry, "")
    for kind, entry in (("sirens", dict), ("repeats", dict), ("hazards", LocalHazardEntry)):
        reader.entries(raw.get(kind, {}), entry, kind)
    reader.finish()
    assert head is not None
    merged = _merged(_NATIONAL_RAW, _with_sources(raw, head.source))
    table = _table(reader, merged)
    reader.finish()
    changed = tuple(Hazard(name) for name in raw.get("hazards", {}))
    return HazardTable(table.hazards, table.risks, head.name, head.source, head.contact, changed)


def _table(reader: TableReader, raw: Mapping[str, Any]) -> HazardTable:
    levels = reader.entries(raw.get("levels", {}), LevelEntry, "levels")
    sirens = reader.entries(raw.get("sirens", {}), SirenEntry, "sirens")
    repeats = reader.entries(raw.get("repeats", {}), RoundsEntry, "repeats")
    hazards = reader.entries(raw.get("hazards", {}), HazardEntry, "hazards")
    for name in set(raw.get("hazards", {})) - set(Hazard):
        reader.refuse(f"hazards.{name}", "No such hazard")
    for hazard in set(Hazard) - set(raw.get("hazards", {})):
        reader.refuse("hazards", f"Hazard `{hazard}` is missing")
    for level in RiskLevel:
        if str(int(level)) not in raw.get("levels", {}):
            reader.refuse("levels", f"Level {int(level)} is missing")
    reader.finish()
    rules = _Rules(
        reader,
        {name: _pattern(reader, name, each) for name, each in sirens.items()},
        {name: _rounds(reader, name, each) for name, each in repeats.items()},
    )
    return HazardTable(
        {Hazard(name): rules.hazard(f"hazards.{name}", each) for name, each in hazards.items()},
        {RiskLevel(int(name)): _risk(each) for name, each in levels.items()},
    )


@dataclass(frozen=True, slots=True)
class _Rules:
    """Builder of rules from entries that refer to sirens and repetitions by name."""

    reader: TableReader
    sirens: Mapping[str, SirenPattern]
    rounds: Mapping[str, Rounds]

    def hazard(self, field: str, entry: HazardEntry) -> HazardRule:
        risk = entry.urgent_from.risk
        if entry.levels != sorted(set(entry.levels)):
            self.reader.refuse(f"{field}.levels", "Expected levels in rising order, each once")
        if bool(entry.levels) != (risk is not None):
            self.reader.refuse(f"{field}.urgent_from", "Expected `risk` where, and only where, there are `levels`")
        stages = {
            Stage.WARNING: self._stage(f"{field}.warning", entry.warning),
            Stage.URGENT: self._stage(f"{field}.urgent", entry.urgent),
            Stage.OVER: self._stage(f"{field}.over", entry.over),
        }
        if stages[Stage.OVER].siren.tone != GONG:
            self.reader.refuse(f"{field}.over.siren", "Expected a gong: people run from sirens, also at an all-clear")
        return HazardRule(
            level=AlertLevel(entry.level),
            lasts=timedelta(hours=entry.lasts_h),
            facts=tuple(entry.asks),
            clauses=tuple(entry.clauses),
            risks=tuple(map(RiskLevel, entry.levels)),
            urgent_level=AlertLevel(entry.urgent_from.level),
            urgent_risk=None if risk is None else RiskLevel(risk),
            category=entry.category,
            texts={"vi": self._text(f"{field}.vi", entry.vi), "en": self._text(f"{field}.en", entry.en)},
            stages=stages,
            source=entry.source,
            words=tuple(entry.words),
            is_told_by_category=entry.is_told_by_category,
        )

    def _stage(self, field: str, entry: StageEntry) -> StageRule:
        self._require(f"{field}.siren", entry.siren, self.sirens)
        self._require(f"{field}.repeat", entry.repeat, self.rounds)
        for language, said in (("vi", entry.vi), ("en", entry.en)):
            if "{" in said or "}" in said:
                self.reader.refuse(f"{field}.{language}", "No slots here")
        return StageRule(
            actions={"vi": entry.vi, "en": entry.en},
            siren=self.sirens.get(entry.siren, SirenPattern(GONG)),
            rounds=self.rounds.get(entry.repeat, Rounds()),
            responses=tuple(entry.response),
            source=entry.source,
        )

    def _require(self, field: str, name: str, known: Mapping[str, object]) -> None:
        if name not in known:
            self.reader.refuse(field, f"No `{name}`; there are {', '.join(sorted(known))}")

    def _text(self, field: str, entry: TextEntry) -> HazardText:
        for said in (entry.name, *entry.danger, entry.advice):
            left = said.replace(SLOT, "")
            if "{" in left or "}" in left:
                self.reader.refuse(f"{field}.danger", f"No slot but {SLOT} here")
        return HazardText(entry.name, tuple(entry.danger), entry.advice)


def _pattern(reader: TableReader, name: str, entry: SirenEntry) -> SirenPattern:
    on_ms, off_ms = round((entry.length_s or 0) * 1000), round(entry.gap_s * 1000)
    found = SirenPattern(entry.tone, entry.count, on_ms, off_ms, entry.series)
    if not found.is_plain and not found.on_ms:
        reader.refuse(f"sirens.{name}", "Expected `length_s` where there is more than one blast")
    if found.count > 1 and not found.off_ms:
        reader.refuse(f"sirens.{name}", "Expected `gap_s` between blasts")
    if found.series_ms > SERIES_MAX_MS:
        reader.refuse(f"sirens.{name}", f"One series lasts longer than {SERIES_MAX_MS // 1000} s")
    return found


def _rounds(reader: TableReader, name: str, entry: RoundsEntry) -> Rounds:
    at_ms = tuple(round(each * 60_000) for each in entry.at_min)
    if list(at_ms) != sorted(set(at_ms)):
        reader.refuse(f"repeats.{name}.at_min", "Expected minutes in rising order, each once")
    return Rounds(at_ms, round((entry.every_min or 0) * 60_000))


def _risk(entry: LevelEntry) -> RiskRule:
    names, colours = {"vi": entry.vi, "en": entry.en}, {"vi": entry.colour_vi, "en": entry.colour_en}
    return RiskRule(names, entry.colour, colours, entry.source)


def _with_sources(raw: Mapping[str, Any], source: str = "") -> dict[str, Any]:
    """Return the entries of a file, with a source at each that names none: ``source``, else that of its hazard.

    An entry of a hazard that says something of single stages alone leaves the hazard's own source as it is.
    """

    def named(entry: Mapping[str, Any], by: str) -> Mapping[str, Any]:
        return {"source": by, **entry} if by else entry

    hazards = {}
    for name, entry in raw.get("hazards", {}).items():
        stages = {stage: named(entry[stage], source or entry.get("source", "")) for stage in Stage if stage in entry}
        own = named(entry, source) if entry.keys() - set(Stage) else entry
        hazards[name] = {**own, **stages}
    sets = {kind: {name: named(each, source) for name, each in raw.get(kind, {}).items()} for kind in _NAMED}
    return {**raw, **sets, "hazards": hazards}


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``below`` with the values of ``above``, table by table."""
    found = dict(below)
    for key, value in above.items():
        old = found.get(key)
        found[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return found


_TEXT: Final = Path(__file__).with_name("hazards.toml").read_text(encoding="utf-8")
_NATIONAL_RAW: Final = _with_sources(raw_of(_TEXT))
NATIONAL: Final = national(_TEXT)
HAZARDS: Final = NATIONAL.hazards
