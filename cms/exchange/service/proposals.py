"""Draft of an alert from another system's message: a proposal in every field, for people to review."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from broadcast.alerts.cap import names
from broadcast.alerts.cap.audience import SCHEMES
from broadcast.alerts.cap.message import CapArea, CapInfo, CapMessage, CapSeverity, Reference, ResponseType, Status
from broadcast.alerts.cap.plain_text import plain_text
from broadcast.alerts.cap.verdict import ends_at
from broadcast.alerts.hazard_rules import AlertLevel, RiskLevel
from broadcast.alerts.hazards import HAZARDS, Hazard
from broadcast.alerts.message_templates import written
from broadcast.alerts.model import AlertFacts, AlertId, AlertKind, Audience, Purpose
from broadcast.bulletins.model import Targets
from broadcast.speech.languages import LANGUAGES
from broadcast.speech.normalization import VIETNAMESE
from broadcast.speech.place_names import enumerated
from cms.alerts.service.draft_fields import FACT_MAX, HEADLINE_MAX, TEXT_MAX, AlertDraft, WordingDraft
from cms.exchange.cap.writer import instant
from media.ports import Voices
from province.areas import AreaId, AreaTree

_CONTACT: Final = {"vi": "Liên hệ", "en": "Contact"}
_RISKS: Final = frozenset(str(int(each)) for each in RiskLevel)
_LEVELS = {CapSeverity.EXTREME: AlertLevel.THREE, CapSeverity.SEVERE: AlertLevel.TWO}


def hazard_of(infos: tuple[CapInfo, ...]) -> Hazard:
    """Find the hazard by our own code, the event's name, the headline, the category; OTHER if none matches."""
    codes = [each.value for info in infos for each in info.event_codes if each.name == names.HAZARD]
    if codes and codes[0] in set(Hazard):
        return Hazard(codes[0])
    for told in ([info.event for info in infos], [info.headline for info in infos]):
        said = unicodedata.normalize("NFC", " | ".join(told)).casefold()
        for hazard, rule in HAZARDS.items():
            if any(word in said for word in rule.words):
                return hazard
    named = {category for info in infos for category in info.categories}
    return next(
        (hazard for hazard, rule in HAZARDS.items() if rule.is_told_by_category and rule.category in named),
        Hazard.OTHER,
    )


@dataclass(frozen=True, slots=True)
class Drafted:
    """Draft with notes. ``notes``: codes of differences from the sender's message, with a figure after a colon."""

    draft: AlertDraft
    notes: tuple[str, ...]


def cap_ref(key: Reference) -> str:
    """Format as ``sender,identifier,sent``, as messages refer to each other."""
    return f"{key.sender},{key.identifier},{instant(key.sent)}"


def draft_of(
    message: CapMessage,
    audience: Audience,
    voices: Voices,
    *,
    authority: str,
    updates_id: AlertId | None,
    now: datetime,
    hours_max: int,
) -> Drafted:
    """Build the draft: Vietnamese first, then every language with a voice, without markup; each text within its limit.

    An end is set if there is none, or if it is later than the province allows. Without a Vietnamese text the hazard's
    template is used.
    """
    hazard = hazard_of(message.infos)
    notes: list[str] = []
    facts = _facts(message.infos, authority)
    wordings, left_out = _wordings(message.infos, voices)
    notes += [f"LANGUAGE_LEFT_OUT:{language}" for language in left_out]
    vietnamese = _in(message.infos, VIETNAMESE)
    headline = plain_text(vietnamese[0].headline or vietnamese[0].event) if vietnamese else ""
    if VIETNAMESE not in {each.language for each in wordings}:
        notes.append("VIETNAMESE_FROM_TEMPLATE")
        template = written(hazard, facts, VIETNAMESE)
        wordings = (WordingDraft(VIETNAMESE, template.text[:TEXT_MAX]), *wordings)
        headline = headline or template.headline
    ends, latest = ends_at(message), now + timedelta(hours=hours_max)
    if ends > latest:
        notes.append("EXPIRES_EARLIER")
    if any(
        info.expires is None or info.expires < max(message.sent, info.effective or message.sent)
        for info in message.infos
    ):
        notes.append("EXPIRES_IMPOSED")
    risk = _risk(message.infos, hazard, notes)
    notes += [f"RESPONSE:{each}" for each in _responses(message.infos)]
    draft = AlertDraft(
        kind=AlertKind.DRILL if message.status is Status.EXERCISE else AlertKind.LIVE,
        hazard=hazard,
        level=_level(message.infos),
        headline=_cut(headline, HEADLINE_MAX),
        audience=audience,
        facts=facts,
        wordings=wordings,
        expires_at=min(ends, latest),
        purpose=Purpose.WARNING if updates_id is None else Purpose.UPDATE,
        updates_id=updates_id,
        cap_ref=cap_ref(message.key)[:1000],
        risk=risk,
    )
    return Drafted(draft, tuple(notes))


def within(audience: Audience, rights: Sequence[AreaId], tree: AreaTree) -> Audience:
    """Limit the audience to the areas that the sender may speak for; no limit if no rights are set."""
    if not rights:
        return audience
    kept: list[AreaId] = []
    for area_id in audience.targets.areas:
        chain = tree.chain(area_id)
        if not set(rights).isdisjoint(chain):
            kept.append(area_id)
        else:
            kept += [each for each in rights if each in tree and area_id in tree.chain(each)]
    if not kept:
        return Audience()
    return Audience(Targets(tree.roots_of(kept), audience.targets.exclude), audience.rings, audience.discs)


def is_elsewhere(message: CapMessage, proposed: Audience, tree: AreaTree) -> bool:
    """Return whether every part of it names its place in a way that can be resolved, and none is ours.

    A name alone, or a code of an unknown list, may mean us: people decide. So does every message if our own areas lack
    the data to tell.
    """
    if proposed.targets.areas:
        return False
    keys = {key for area in tree for key in area.codes}
    has_points = any(area.point is not None for area in tree)

    def is_readable(area: CapArea) -> bool:
        codes = [SCHEMES.get(each.name) in keys for each in area.geocodes]
        has_shape = bool(area.polygons or area.circles)
        return (has_shape or bool(codes)) and all(codes) and (has_points or not has_shape)

    parts = [area for info in message.infos for area in info.areas]
    return bool(parts) and all(info.areas for info in message.infos) and all(map(is_readable, parts))


def language_of(tag: str) -> str:
    """Return our language for a tag: ``vi-VN`` is ``vi``; empty if it is not supported."""
    primary = tag.split("-", maxsplit=1)[0].lower()
    return primary if primary in LANGUAGES else ""


def _risk(infos: Iterable[CapInfo], hazard: Hazard, notes: list[str]) -> RiskLevel | None:
    """Return the highest disaster risk level that is stated; one that the law does not give this hazard is a note."""
    stated = [each.value.strip() for info in infos for each in info.parameters if each.name == names.RISK]
    levels = sorted(RiskLevel(int(each)) for each in stated if each in _RISKS)
    if not levels:
        return None
    if levels[-1] not in HAZARDS[hazard].risks:
        notes.append(f"RISK_OUT_OF_BOUNDS:{int(levels[-1])}")
        return None
    return levels[-1]


def _responses(infos: Iterable[CapInfo]) -> list[ResponseType]:
    """Return the responses that the sender asks of people, each once."""
    silent = (ResponseType.NONE, ResponseType.ALL_CLEAR)
    return list(dict.fromkeys(each for info in infos for each in info.response_types if each not in silent))


def _level(infos: Iterable[CapInfo]) -> AlertLevel:
    return max((_LEVELS.get(info.severity, AlertLevel.ONE) for info in infos), default=AlertLevel.ONE)


def _facts(infos: Sequence[CapInfo], authority: str) -> AlertFacts:
    chosen = _in(infos, VIETNAMESE) or infos
    places = dict.fromkeys(plain_text(area.desc) for info in chosen for area in info.areas)
    onsets = [info.onset for info in chosen if info.onset]
    advice = " ".join(dict.fromkeys(plain_text(info.instruction) for info in chosen if info.instruction))
    signed = authority or next((plain_text(info.sender_name) for info in chosen if info.sender_name), "")
    return AlertFacts(
        happens_at=min(onsets, default=None),
        place=_cut(enumerated(list(places)), FACT_MAX),
        advice=_cut(advice, FACT_MAX) if _in(infos, VIETNAMESE) else "",
        authority=_cut(signed, FACT_MAX),
    )


def _wordings(infos: Sequence[CapInfo], voices: Voices) -> tuple[tuple[WordingDraft, ...], list[str]]:
    tags = dict.fromkeys(info.language for info in infos)
    known = dict.fromkeys(language for tag in tags if (language := language_of(tag)))
    found, left_out = [], [tag for tag in tags if not language_of(tag)]
    for language in sorted(known, key=lambda each: each != VIETNAMESE):
        text = _cut("\n".join(dict.fromkeys(filter(None, map(_said, _in(infos, language))))), TEXT_MAX)
        if not text:
            continue
        if language == VIETNAMESE or voices.speaks(language):
            found.append(WordingDraft(language, text))
        else:
            left_out.append(language)
    return tuple(found), left_out


def _in(infos: Sequence[CapInfo], language: str) -> tuple[CapInfo, ...]:
    return tuple(info for info in infos if language_of(info.language) == language)


def _said(info: CapInfo) -> str:
    """Return the text spoken after the headline; the headline itself if there is no other."""
    contact = (
        f"{_CONTACT.get(language_of(info.language), _CONTACT[VIETNAMESE])}: {info.contact}." if info.contact else ""
    )
    told = (info.headline or info.event, info.description, info.instruction, contact)
    headline, *rest = (plain_text(each) for each in told)
    said = [each for each in rest if each]
    if language_of(info.language) != VIETNAMESE or not said:
        said = [headline, *said]
    return "\n".join(said)


def _cut(text: str, most: int) -> str:
    """Cut a text that is too long after a whole sentence, else after a whole word."""
    if len(text) <= most:
        return text
    cut = text[:most]
    for stop in (". ", "\n", " "):
        at = cut.rfind(stop)
        if at > most // 2:
            return cut[: at + 1].strip()
    return cut
