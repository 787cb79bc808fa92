"""Forms of alerts: the form of a draft, and shapes drawn on the map or typed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from werkzeug.datastructures import MultiDict

from broadcast.alerts import message_templates
from broadcast.alerts.hazard_rules import AlertLevel, RiskLevel, Rounds
from broadcast.alerts.hazards import LANGUAGES_WITH_TEXT, NATIONAL, Hazard, HazardTable
from broadcast.alerts.model import Alert, AlertFacts, Audience, Disc, Ring
from broadcast.bulletins.model import Targets
from broadcast.bulletins.targeting import reached
from broadcast.speech import place_names
from broadcast.speech.languages import LANGUAGES
from broadcast.speech.normalization import VIETNAMESE
from cms.alerts.service.draft_fields import AlertDraft, WordingDraft
from cms.platform.web import area_picker, formats, messages
from cms.platform.web.typed_form import TypedForm, chosen, entry, read_by, ticked
from province.areas import AreaId, AreaTree
from province.errors import Problem, problem_if, too_long
from province.people import Action

FIELD = "shape"
_TEXT_MAX = 60_000
_CORNERS_MIN = 3
_COMMA = re.compile(r"\s*,\s*")
_MINUTE_MS = 60_000
_SENT_MAX = 100_000
_AGAIN_MOST = 20
_TEXT_FACTS = ("place", "intensity", "forecast", "advice", "authority", "basis")


def read_shape(text: str) -> tuple[tuple[Ring, ...], tuple[Disc, ...], list[Problem]]:
    """Parse into closed rings and discs with radii in whole metres, and a problem for every line that is neither."""
    rings: list[Ring] = []
    discs: list[Disc] = []
    problems: list[Problem] = []
    if refused := too_long(FIELD, text, _TEXT_MAX):
        return (), (), refused
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        found = _shape(_COMMA.sub(",", line).split())
        if isinstance(found, Ring):
            rings.append(found)
        elif isinstance(found, Disc):
            discs.append(found)
        else:
            problems.append(Problem(FIELD, "NOT_A_SHAPE", {"line": number}))
    return tuple(rings), tuple(discs), problems


def written_shape(audience: Audience) -> str:
    """Return the text that ``read_shape`` parses into these shapes."""
    rings = [" ".join(f"{_degrees(lat)},{_degrees(lon)}" for lat, lon in ring.points) for ring in audience.rings]
    discs = [f"{_degrees(disc.lat)},{_degrees(disc.lon)} {disc.radius_m / 1000:g}" for disc in audience.discs]
    return "\n".join([*rings, *discs])


def _shape(words: list[str]) -> Ring | Disc | None:
    try:
        if len(words) == 2 and "," not in words[1]:  # noqa: PLR2004 - a centre and a radius
            (lat, lon), radius_m = _point(words[0]), round(float(words[1]) * 1000)
            return Disc(lat, lon, radius_m) if radius_m > 0 else None
        points = [_point(word) for word in words]
    except (ValueError, OverflowError):
        return None
    if points and points[0] != points[-1]:
        points.append(points[0])
    return Ring(tuple(points)) if len(points) > _CORNERS_MIN else None


def _point(word: str) -> tuple[float, float]:
    lat, lon = (float(part) for part in word.split(","))
    if not (abs(lat) <= 90 and abs(lon) <= 180):  # noqa: PLR2004 - the globe; NaN fails as well
        raise ValueError(word)
    return lat, lon


def _degrees(value: float) -> str:
    return f"{value:.5f}".rstrip("0").rstrip(".")


def _by_language(part: str) -> Any:
    """Declare the fields of a part by language: ``text-vi``, ``text-en``; those left empty are not there."""

    def read(sent: MultiDict[str, str], _name: str) -> dict[str, str]:
        typed = {tag: sent.get(f"{part}-{tag}", "").strip() for tag in LANGUAGES}
        return {tag: text for tag, text in typed.items() if text}

    return read_by(read, MappingProxyType({}))


@dataclass(frozen=True)
class AlertForm(TypedForm):
    """Alert form as typed, so that any input can be shown again. ``texts`` and ``recordings`` are by language.

    ``editing`` identifies the open page, so that its own saves are distinguished from those of others.
    """

    headline: str = entry(most=_SENT_MAX)
    level: str = entry()
    risk: str = entry()
    areas: tuple[str, ...] = chosen()
    shape: str = entry(most=_SENT_MAX)
    texts: Mapping[str, str] = _by_language("text")
    recordings: Mapping[str, str] = _by_language("recording")
    happens_at: str = entry()
    place: str = entry(most=_SENT_MAX)
    intensity: str = entry(most=_SENT_MAX)
    forecast: str = entry(most=_SENT_MAX)
    advice: str = entry(most=_SENT_MAX)
    authority: str = entry(most=_SENT_MAX)
    basis: str = entry(most=_SENT_MAX)
    again_at: str = entry(most=_SENT_MAX)
    every: str = entry("0", if_empty="0")
    expires_at: str = entry()
    is_silent: bool = ticked()
    is_minor: bool = ticked()
    version: str = entry()
    editing: str = entry()


def shown(alert: Alert) -> AlertForm:
    """Return the form that shows a stored alert."""
    return AlertForm(
        headline=alert.headline,
        level=str(int(alert.level)),
        risk="" if alert.risk is None else str(int(alert.risk)),
        areas=tuple(alert.audience.targets.areas),
        shape=written_shape(alert.audience),
        texts={wording.language: wording.text for wording in alert.wordings if wording.text},
        recordings={each.language: each.recording_sha256 for each in alert.wordings if each.recording_sha256},
        happens_at=formats.as_typed(alert.facts.happens_at),
        **{name: getattr(alert.facts, name) for name in _TEXT_FACTS},
        again_at=", ".join(f"{at_ms / _MINUTE_MS:g}" for at_ms in alert.rounds.at_ms),
        every=f"{alert.rounds.every_ms / _MINUTE_MS:g}",
        expires_at=formats.as_typed(alert.expires_at),
        is_silent=alert.is_silent,
        is_minor=alert.is_minor,
        version=str(alert.version),
    )


def read(form: AlertForm, stored: Alert, tree: AreaTree, on: date) -> tuple[AlertDraft, tuple[Problem, ...]]:
    """Convert the form to the next version of the alert, with a problem for each field that cannot be read.

    Such a field keeps its stored value, so that autosave can save the others.
    """
    problems: list[Problem] = []
    rings, discs, found = read_shape(form.shape)
    problems += found
    if found:
        rings, discs = stored.audience.rings, stored.audience.discs
    targets = area_picker.targets_of(form.areas, tree, on, Action.ALERT_RAISE)
    happens_at = formats.read_instant(form.happens_at, "happens_at", problems)
    expires_at = formats.read_instant(form.expires_at, "expires_at", problems)
    problems += problem_if(not form.expires_at, "expires_at", "MISSING")
    draft = replace(
        AlertDraft.of(stored),
        level=_level(form, stored),
        risk=_risk(form),
        headline=form.headline,
        audience=Audience(Targets(targets.areas), rings, discs),
        facts=AlertFacts(happens_at, **{name: getattr(form, name) for name in _TEXT_FACTS}),
        wordings=tuple(
            WordingDraft(tag, form.texts.get(tag, ""), form.recordings.get(tag, ""))
            for tag in LANGUAGES
            if tag in form.texts or tag in form.recordings
        ),
        rounds=_rounds(form, problems) or stored.rounds,
        expires_at=expires_at or stored.expires_at,
        is_silent=form.is_silent and stored.is_drill,
        is_minor=form.is_minor,
    )
    return draft, tuple(problems)


def following(
    form: AlertForm,
    before: Alert,
    tree: AreaTree,
    on: date,
    table: HazardTable = NATIONAL,
    *,
    shelters: Mapping[AreaId, str] = MappingProxyType({}),
) -> AlertForm:
    """Update place, advice, headline and texts that no person has rewritten to the current areas, facts and levels.

    ``shelters``: those of areas; the advice names them where people have to leave.
    """
    was = before.facts
    targets = area_picker.targets_of(form.areas, tree, on, Action.ALERT_RAISE)
    if form.place in ("", place_of(before.audience.targets)) and form.place == was.place:
        form = replace(form, place=place_of(targets))
    written_advice = advice_of(
        before.hazard, before.audience.targets, tree, shelters, level=before.level, risk=before.risk, table=table
    )
    plain_advice = table.hazards[before.hazard].texts[VIETNAMESE].advice
    if form.advice in (written_advice, plain_advice) and form.advice == was.advice:
        levels: dict[str, Any] = {"level": _level(form, before), "risk": _risk(form)}
        form = replace(form, advice=advice_of(before.hazard, targets, tree, shelters, **levels, table=table))
    problems: list[Problem] = []
    now = AlertFacts(
        formats.read_instant(form.happens_at, "", problems), **{name: getattr(form, name) for name in _TEXT_FACTS}
    )
    texts = dict(form.texts)
    level, risk = _level(form, before), _risk(form)
    for language in LANGUAGES_WITH_TEXT:
        old = message_templates.written(before.hazard, was, language, level=before.level, risk=before.risk, table=table)
        new = message_templates.written(before.hazard, now, language, level=level, risk=risk, table=table)
        if texts.get(language) == old.text:
            texts[language] = new.text
        if language == VIETNAMESE and form.headline == old.headline:
            form = replace(form, headline=new.headline)
    return replace(form, texts=texts)


def advice_of(hazard: Hazard, targets: Targets, tree: AreaTree, shelters: Mapping[AreaId, str], **levels: Any) -> str:
    """Return the advice of the template, with the shelters of the areas where people have to leave."""
    there = reached(targets, tree, shelters)
    known = [(messages.area_name(area_id), shelters[area_id]) for area_id in there]
    return message_templates.advice_of(hazard, known, **levels)


def _level(form: AlertForm, stored: Alert) -> AlertLevel:
    return AlertLevel(int(form.level)) if form.level in {"1", "2", "3"} else stored.level


def _risk(form: AlertForm) -> RiskLevel | None:
    return RiskLevel(int(form.risk)) if form.risk in {str(int(each)) for each in RiskLevel} else None


def place_of(targets: Targets) -> str:
    """Return the areas as a place to be spoken, in Vietnamese whatever the language of the screen."""
    return place_names.enumerated([messages.area_name(area_id) for area_id in targets.areas])


def _rounds(form: AlertForm, problems: list[Problem]) -> Rounds | None:
    try:
        minutes = sorted({float(part.replace(",", ".")) for part in form.again_at.replace(",", " ").split()})
        every = float(form.every)
    except ValueError:
        problems.append(Problem("again_at", "NOT_MINUTES"))
        return None
    if len(minutes) > _AGAIN_MOST or any(not 0 < each < 7 * 24 * 60 for each in [*minutes, every or 1]):
        problems.append(Problem("again_at", "NOT_MINUTES"))
        return None
    return Rounds(tuple(round(each * _MINUTE_MS) for each in minutes), round(every * _MINUTE_MS))
