"""Rules of a hazard: its levels, stages, sirens, repetitions, CAP words and texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, StrEnum

from broadcast.alerts.cap.message import Category, ResponseType


class AlertLevel(IntEnum):
    """Civil-defence levels: declared by the commune's chair (1), the province's (2), the Prime Minister (3)."""

    ONE = 1
    TWO = 2
    THREE = 3


class RiskLevel(IntEnum):
    """Levels of disaster risk by Decision 18/2021/QĐ-TTg, Article 4: announced with the forecast, not declared."""

    ONE = 1
    TWO = 2
    THREE = 3
    FOUR = 4
    FIVE = 5


class Stage(StrEnum):
    """Stage of a danger: people get ready, people act at once, it is over."""

    WARNING = "warning"
    URGENT = "urgent"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class RiskRule:
    """Name and legal colour of a risk level, in Vietnamese and English, and the source of both."""

    names: Mapping[str, str]
    colour: str
    colour_names: Mapping[str, str]
    source: str


@dataclass(frozen=True, slots=True)
class Rounds:
    """Repetition: at these offsets after the issue, then at this interval (0: never) until the alert ends; in ms."""

    at_ms: tuple[int, ...] = ()
    every_ms: int = 0


@dataclass(frozen=True, slots=True)
class SirenPattern:
    """Siren before the words: ``count`` blasts of ``on_ms``, ``off_ms`` apart; all of them again, ``series`` in all.

    ``tone`` names a sound on the device's flash. ``on_ms`` 0: one blast as long as the installation says.
    The words follow each series.
    """

    tone: str
    count: int = 1
    on_ms: int = 0
    off_ms: int = 0
    series: int = 1

    @property
    def is_plain(self) -> bool:
        """Return whether it is one blast, which every device sounds."""
        return self.count == 1 and self.series == 1

    @property
    def series_ms(self) -> int:
        """Return the length of one series."""
        return self.count * self.on_ms + (self.count - 1) * self.off_ms


@dataclass(frozen=True, slots=True)
class StageRule:
    """Rule of one stage: ``actions`` by language, the siren, the repetitions, CAP's response types, and the source."""

    actions: Mapping[str, str]
    siren: SirenPattern
    rounds: Rounds
    responses: tuple[ResponseType, ...]
    source: str


@dataclass(frozen=True, slots=True)
class HazardText:
    """Texts of one hazard: ``name``, sentences on the ``danger``, ``advice`` where the alert has none of its own."""

    name: str
    danger: tuple[str, ...]
    advice: str


@dataclass(frozen=True, slots=True)
class HazardRule:
    """Rules and texts of one hazard.

    ``level`` and ``lasts`` are the form's defaults; ``facts`` are those to ask for first. ``risks`` are the risk levels
    that the law gives it; none: it is no natural disaster. It is urgent from ``urgent_risk`` on or, where no risk
    level is stated, from the civil-defence level ``urgent_level`` on. ``clauses`` of Article 3 of the Decision name it.
    ``category`` is the one of CAP; ``is_told_by_category``: a message that says no more is taken for it. ``words`` in a
    CAP message mean it.
    """

    level: AlertLevel
    lasts: timedelta
    facts: tuple[str, ...]
    clauses: tuple[int, ...]
    risks: tuple[RiskLevel, ...]
    urgent_level: AlertLevel
    urgent_risk: RiskLevel | None
    category: Category
    texts: Mapping[str, HazardText]
    stages: Mapping[Stage, StageRule]
    source: str
    words: tuple[str, ...] = ()
    is_told_by_category: bool = False

    @property
    def asks(self) -> tuple[str, ...]:
        """Return the facts that its form asks for."""
        return (*self.facts, "advice", "authority")

    def stage(self, level: AlertLevel, risk: RiskLevel | None = None) -> Stage:
        """Return the stage of a warning of these levels; a stated risk level decides."""
        if risk is not None and self.urgent_risk is not None:
            return Stage.URGENT if risk >= self.urgent_risk else Stage.WARNING
        return Stage.URGENT if level >= self.urgent_level else Stage.WARNING

    def at(self, level: AlertLevel, risk: RiskLevel | None = None) -> StageRule:
        """Return the rule of the stage at these levels."""
        return self.stages[self.stage(level, risk)]
