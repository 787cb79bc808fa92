"""Alert drafts: the fields a person fills in, and their validation; a draft may still be incomplete."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Self

from broadcast.alerts.hazard_rules import AlertLevel, RiskLevel, Rounds
from broadcast.alerts.hazards import NATIONAL, Hazard, HazardTable
from broadcast.alerts.model import Alert, AlertFacts, AlertId, AlertKind, Audience, Purpose, Wording
from broadcast.alerts.shapes import shape_problems
from broadcast.speech.languages import LANGUAGES
from cms.bulletins.service.revisions import area_problems
from cms.platform.store.rows import value_of
from province.areas import AreaTree
from province.errors import Problem, problem_if, too_long

HEADLINE_MAX = 260
"""300 on the wire; a drill's has a prefix."""
TEXT_MAX = 2900
"""3,000 on the wire; a drill's has a suffix."""
FACT_MAX = 600
WORDINGS_MAX = 8
ROUNDS_MAX = 50
ROUND_MIN_MS = 60_000
CAP_REF_MAX = 1000


@dataclass(frozen=True, slots=True)
class WordingDraft:
    """Wording in one language: text, or a recording already in the content store (with its text, for boards)."""

    language: str
    text: str = ""
    recording_sha256: str = ""

    @classmethod
    def of(cls, wording: Wording) -> Self:
        return cls(wording.language, wording.text, wording.recording_sha256)


@dataclass(frozen=True, slots=True)
class AlertDraft:
    """The editable part of an alert. ``rounds`` None: the hazard's preset; ``expires_at`` None: the template's length.

    ``kind``, ``purpose``, ``updates_id`` and ``cap_ref`` are fixed with the first save.
    """

    kind: AlertKind
    hazard: Hazard
    level: AlertLevel
    headline: str = ""
    audience: Audience = field(default_factory=Audience)
    facts: AlertFacts = field(default_factory=AlertFacts)
    wordings: tuple[WordingDraft, ...] = ()
    rounds: Rounds | None = None
    expires_at: datetime | None = None
    purpose: Purpose = Purpose.WARNING
    updates_id: AlertId | None = None
    is_minor: bool = False
    is_silent: bool = False
    cap_ref: str = ""
    risk: RiskLevel | None = None

    @classmethod
    def of(cls, alert: Alert) -> Self:
        """Return the draft of a stored alert, to be changed with ``replace``."""
        return replace(value_of(cls, alert), wordings=tuple(WordingDraft.of(each) for each in alert.wordings))


def problems_of(draft: AlertDraft, tree: AreaTree, on: date, table: HazardTable = NATIONAL) -> tuple[Problem, ...]:
    """Return all problems: lengths, unknown places, malformed shapes, unknown languages, a foreign risk level."""
    found = [problem for line in _lengths(draft) for problem in too_long(*line)]
    for area_id in draft.audience.targets.areas:
        found += area_problems(area_id, "targets", tree, on)
    for area_id in draft.audience.targets.exclude:
        found += area_problems(area_id, "exclude", tree, on)
    found += shape_problems(draft.audience)
    found += _language_problems(draft)
    if draft.rounds is not None:
        found += _round_problems(draft.rounds)
    found += _risk_problems(draft, table)
    found += problem_if(draft.is_silent and draft.kind is AlertKind.LIVE, "is_silent", "ONLY_A_DRILL_IS_SILENT")
    if draft.purpose is Purpose.WARNING and (draft.updates_id or draft.is_minor):
        found.append(Problem("purpose", "ONLY_AN_UPDATE_REPLACES"))
    found += problem_if(draft.purpose is not Purpose.WARNING and draft.updates_id is None, "updates_id", "MISSING")
    return tuple(found)


def _risk_problems(draft: AlertDraft, table: HazardTable) -> list[Problem]:
    """Refuse a risk level that the table does not give this hazard."""
    risks = table.hazards[draft.hazard].risks
    if draft.risk is None or draft.risk in risks:
        return []
    if not risks:
        return [Problem("risk", "RISK_NOT_GIVEN")]
    return [Problem("risk", "RISK_OUT_OF_BOUNDS", {"levels": ", ".join(str(int(each)) for each in risks)})]


def _lengths(draft: AlertDraft) -> list[tuple[str, str, int]]:
    facts = draft.facts
    named = {"place": facts.place, "intensity": facts.intensity, "forecast": facts.forecast}
    named |= {"advice": facts.advice, "authority": facts.authority, "basis": facts.basis}
    return [
        ("headline", draft.headline, HEADLINE_MAX),
        ("cap_ref", draft.cap_ref, CAP_REF_MAX),
        *((name, text, FACT_MAX) for name, text in named.items()),
        *((f"wordings.{each.language[:40]}", each.text, TEXT_MAX) for each in draft.wordings),
    ]


def _language_problems(draft: AlertDraft) -> list[Problem]:
    found: list[Problem] = []
    if len(draft.wordings) > WORDINGS_MAX:
        found.append(Problem("wordings", "TOO_MANY", {"count": len(draft.wordings), "max": WORDINGS_MAX}))
    for language, count in Counter(each.language for each in draft.wordings).items():
        found += problem_if(language not in LANGUAGES, "wordings", "LANGUAGE_UNKNOWN", language=language[:40])
        found += problem_if(count > 1, "wordings", "LANGUAGE_TWICE", language=language[:40])
    return found


def _round_problems(rounds: Rounds) -> list[Problem]:
    found: list[Problem] = []
    found += problem_if(len(rounds.at_ms) > ROUNDS_MAX, "rounds", "TOO_MANY", count=len(rounds.at_ms), max=ROUNDS_MAX)
    gaps = [later - earlier for earlier, later in zip((0, *rounds.at_ms), rounds.at_ms, strict=False)]
    if any(gap < ROUND_MIN_MS for gap in (*gaps, rounds.every_ms or ROUND_MIN_MS)):
        found.append(Problem("rounds", "TOO_OFTEN", {"min_ms": ROUND_MIN_MS}))
    return found
