"""Sentences for the rules' findings: problems, clashes, reasons. Input: codes and figures; output: words."""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TypeAlias

from flask import g

from broadcast.scheduling.conflicts import Clash, ClashKind
from broadcast.scheduling.quotas import QuotaLimit, Refusal
from cms.areas.repository import Places
from cms.platform.feature import Feature
from cms.platform.store.uow import UnitOfWork
from cms.platform.web import formats, request_context, sound_refusals, wording
from cms.platform.web.languages import _, filled
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText, Sentence
from media.errors import RefusedAudioError
from province.areas import Area, AreaId, AreaTree
from province.errors import ClashError, DomainError, InvalidError, Problem
from province.people import Action


def tree(unit: UnitOfWork | None = None) -> AreaTree:
    """Return the area tree, cached for the request: read in ``unit`` if one is open already, else in one of its own."""
    if "tree" not in g:
        if unit is None:
            with request_context.context().uow.reading() as uow:
                g.tree = uow[Places].tree()
        else:
            g.tree = unit[Places].tree()
    known: AreaTree = g.tree
    return known


def can(action: Action, area_id: AreaId) -> bool:
    """Return whether the user holds the right in that area; templates ask it where a button stands."""
    return request_context.can(action, area_id, tree())


def held(action: Action) -> list[AreaId]:
    """Return the areas where the user holds the right."""
    known = tree()
    return [area.id for area in known if request_context.can(action, area.id, known)]


def tree_for(action: Action, unit: UnitOfWork | None = None) -> AreaTree:
    """Return the area tree, for a user who has the right to ``action`` anywhere. Raises NotAllowedError."""
    known = tree(unit)
    request_context.require(action, (), known)
    return known


def area_name(area_id: str) -> str:
    known = tree()
    return full_name(known.get(AreaId(area_id))) if area_id in known else area_id


def full_name(area: Area) -> str:
    """Return the name by which people distinguish places of the same name: with that of its parent, if there is one."""
    known = tree()
    if "names" not in g:
        g.names = Counter(each.name for each in known)
    names: Counter[str] = g.names
    if names[area.name] < 2 or area.parent_id is None:  # noqa: PLR2004 - two of a name
        return area.name
    return f"{area.name} ({known.get(area.parent_id).name})"


def area_names(areas: Iterable[str], limit: int = 5) -> str:
    listed = list(areas)
    names, more = ", ".join(map(area_name, listed[:limit])), len(listed) - limit
    return names if more <= 0 else _("%(names)s and %(n)s other places", names=names, n=more)


def problem_sentences(error: DomainError) -> list[str]:
    """Return the problems, each with its field; none for errors that list nothing."""
    if isinstance(error, ClashError):
        return clash_sentences(error.clashes)
    if not isinstance(error, InvalidError):
        return []
    return [": ".join(filter(None, (field_name(each.field), problem_sentence(each)))) for each in error.problems]


def field_name(name: str) -> str:
    """Return the label by which people know the field; empty for one that no form shows."""
    top = name.partition(".")[0]
    if name.startswith("text-"):
        return _("Text, %(language)s", language=wording.word(wording.LANGUAGE, name.removeprefix("text-")))
    label = _FIELDS.get(top) or _FEATURE_FIELDS.get(top)
    return "" if label is None else str(label)


def by_field(problems: Iterable[Problem]) -> Mapping[str, list[str]]:
    """Group sentences by field; a field without problems gives an empty list."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for problem in problems:
        found[problem.field].append(problem_sentence(problem))
    return found


def problem_sentence(problem: Problem) -> str:
    if problem.code.startswith(RefusedAudioError.code):
        return failure(problem.code)
    said = _PROBLEMS.get(problem.code, _FEATURE_PROBLEMS.get(problem.code))
    if said is None:
        log.warning("screen.code_without_words %s", problem.code)
        return _("Not right yet. Check what is here; if it looks right, tell a technician.")
    return str(said(problem)) if callable(said) else filled(said, problem.detail)


log = logging.getLogger(__name__)
_ClashKey: TypeAlias = tuple[str, datetime, str, datetime | None, datetime | None]
"""Kind, start, and title and times of what is in the way."""


def clash_sentences(clashes: Iterable[object]) -> list[str]:
    """Return one sentence for each airing and rule in the way, with the areas grouped."""
    groups: dict[_ClashKey, list[str]] = {}
    for clash in clashes:
        if isinstance(clash, Clash):
            about = clash.other_title if clash.refusal is None else quota_refusal(clash.refusal)
            other_at = clash.quiet_from_at or clash.other_start_at
            key = (clash.kind.value, clash.start_at, about, other_at, clash.quiet_until_at)
            groups.setdefault(key, []).append(clash.area_id or "")
    return [_clash_sentence(key, [area for area in areas if area]) for key, areas in groups.items()]


def _clash_sentence(key: _ClashKey, areas: list[str]) -> str:
    kind, at, title, other_at, until_at = key
    figures = {
        "at": formats.local(at).strftime("%H:%M %d/%m/%Y"),
        "title": title,
        "other": formats.local(other_at).strftime("%H:%M") if other_at else "",
        "until": formats.local(until_at).strftime("%H:%M") if until_at else "",
        "areas": area_names(areas) if areas else "",
    }
    return filled(_CLASHES[ClashKind(kind)], figures)


def quota_refusal(refusal: Refusal) -> str:
    """Return the limit of a quota that would be exceeded."""
    return filled(_QUOTAS[refusal.limit], {"n": refusal.at_most})


def failure(code: str) -> str:
    """Return the reason for which no sound could be made, and the remedy."""
    name, _colon, reason = code.partition(":")
    if reason in sound_refusals.REFUSED:
        return sound_refusals.sentence(reason)
    if name in _PROBLEMS:
        return problem_sentence(Problem("sound", name))
    if code:
        log.warning("screen.code_without_words %s", code[:80])
    return _("Try again; if it still fails, tell a technician.")


def wire_reason(code: str) -> str:
    """Return the device's reason for not playing, in words; newer devices may have others than are known here."""
    return str(_WIRE[code]) if code in _WIRE else _("for a reason that this server does not know")


def known_problems() -> tuple[str, ...]:
    """Return the codes that have a sentence of their own."""
    return (*_PROBLEMS, *_FEATURE_PROBLEMS)


def install(features: Iterable[Feature]) -> None:
    """Take up the words of the features: sentences by code, labels by field."""
    for feature in features:
        for name in feature.problem_words:
            _FEATURE_PROBLEMS.update(feature.resolve(name))
        if feature.field_words:
            _FEATURE_FIELDS.update(feature.resolve(feature.field_words))


_CLASHES: dict[ClashKind, LabelText] = {
    ClashKind.QUIET_HOURS: __(
        "%(at)s: falls into the quiet hours %(other)s–%(until)s in %(areas)s. Choose a time outside them; an approver "
        "of the area changes them under “Rules of areas”."
    ),
    ClashKind.OVER_QUOTA: __("%(at)s: over the quota in %(areas)s (%(title)s)."),
    ClashKind.EQUAL_PRIORITY: __("%(at)s: overlaps “%(title)s” (%(other)s) in %(areas)s."),
    ClashKind.DISPLACED_BY_HIGHER: __(
        "%(at)s: loses its time to “%(title)s” (%(other)s), which has higher priority, in %(areas)s."
    ),
    ClashKind.DISPLACES_LOWER: __("%(at)s: will displace “%(title)s” (%(other)s) in %(areas)s."),
    ClashKind.SELF_OVERLAP: __("%(at)s: the airing before it (%(other)s) has not ended."),
    ClashKind.OUTSIDE_VALIDITY: __("%(at)s: outside its validity."),
}
_QUOTAS: dict[QuotaLimit, LabelText] = {
    QuotaLimit.WEEKDAY: __("nothing airs on this weekday"),
    QuotaLimit.SESSIONS: __("at most %(n)s sessions a day"),
    QuotaLimit.SESSION_MIN: __("at most %(n)s minutes a session"),
    QuotaLimit.DAY_MIN: __("at most %(n)s minutes a day"),
}
_FEATURE_PROBLEMS: dict[str, Sentence] = {}
_FEATURE_FIELDS: dict[str, LabelText] = {}
_FIELDS: dict[str, LabelText] = {
    "title": __("Title"),
    "text": __("Text"),
    "topic": __("Topic"),
    "language": __("Language"),
    "targets": __("Where it is heard"),
    "exclude": __("Where it is not heard"),
    "sound": __("Sound"),
    "cues": __("Cues and fades"),
    "length_ms": __("Length"),
    "schedules": __("Schedule"),
    "valid_until_at": __("Valid until"),
    "valid_from_at": __("Valid from"),
    "origin": __("Source"),
    "relay": __("Relay"),
    "relay.source_id": __("Relay"),
    "relay.length_ms": __("Relayed for minutes"),
    "pen_name": __("Pen name"),
    "signature": __("Digital signature"),
    "board_text": __("Text on boards"),
    "board_minutes": __("Shown for so many minutes"),
    "board_page_s": __("Seconds for each page"),
    "board_picture": __("Picture on boards"),
    "reason": __("Reason"),
    "package": __("Signed firmware package"),
    "image_ids": __("Firmware, one image for each model"),
    "login": __("Holder"),
    "weekdays": __("Days"),
    "classes": __("Priority level"),
    "last_on": __("Until the end of"),
    "on": __("Date"),
    "sessions": __("Sessions a day"),
    "session_min": __("Minutes a session"),
    "day_min": __("Minutes a day"),
    "volume_pct": __("Volume"),
    "volumes": __("Volume by time of day"),
    "quiet": __("Quiet hours"),
    "freeze_min": __("Freeze before air"),
}
_WIRE: dict[str, LabelText] = {
    "EXPIRED": __("expired"),
    "BUSY_HIGHER": __("busy with a higher priority"),
    "HASH_MISMATCH": __("the fetched file is damaged"),
    "FETCH_FAILED": __("the sound was not fetched: no connection, or a faulty file"),
    "NO_SPACE": __("no space left"),
    "NO_CLOCK": __("has no correct time yet"),
    "ENDED_BEFORE": __(
        "the loudspeaker says that this was called off before; if the alert is over, call it off once more"
    ),
    "TIME_DISBELIEVED": __("the time it tells cannot be believed; shown is when the server heard of it"),
    "AMP_FAULT": __("amplifier broken"),
    "QUIET_HOURS": __("in quiet hours"),
    "QUARANTINED": __("is quarantined"),
    "POWER_LOST": __("no power"),
    "CANCELLED": __("stopped or withdrawn by command"),
    "TOO_BIG": __("message too large"),
    "OUTSIDE": __("stands outside the shape"),
    "NOT_TARGET": __("not among the places meant"),
    "STALE": __("the command came too late"),
    "BAD_SIGNATURE": __("wrong signature"),
    "KEY_ROLE": __("the key may not be used for this"),
    "HUSHED": __("kept silent"),
    "FOREIGN_INPUT": __("sound on a foreign input (it is mute)"),
    "FOREIGN_OUTPUT": __("the output sounds without a command"),
    "LOCAL_STOP": __("stopped at the loudspeaker"),
    "WATCHDOG": __("nothing came from the speaker any more"),
    "TIME_LIMIT": __("the greatest length of a live address was reached"),
    "NOT_YET": __("not due yet"),
    "FUTURE_IAT": __("the command is dated in the future: the loudspeaker's or the server's clock is wrong"),
    "DUPLICATE": __("it had this command already"),
    "UNKNOWN_KEY": __("the loudspeaker does not know the signing key"),
    "UNSUPPORTED": __("an older device that does not know this command"),
    "MALFORMED": __("part of the command cannot be read"),
    "NOT_CLAIMED": __("nobody has claimed the device"),
    "ALREADY_ISSUED": __("the device has a certificate already"),
    "LOCKED": __("it asked for certificates too often"),
    "BAD_REQUEST": __("the request for a certificate cannot be read"),
    "BUSY": __("it plays, or is about to"),
    "WRONG_MODEL": __("firmware of another model"),
    "INSTALLING": __("firmware is being installed"),
    "WEAK_BATTERY": __("the battery is weak"),
    "NEAR_ITEM": __("an airing is near"),
    "IN_ALERT": __("an alert is in force"),
    "BOOT_FAILED": __("the new firmware did not start; the old one is back"),
    "NO_ORDER": __("at the keypad: there is no alert of this number"),
    "WRONG_PIN": __("at the keypad: a wrong PIN"),
    "NO_LINK": __("the new firmware could not reach the server; the old one is back"),
    "FENCED": __("it came from a server that another has replaced: the loudspeaker asked the present one"),
    "UNAPPROVED": __("it lacks the signatures of two people that the loudspeaker requires: the loudspeaker refused"),
    "WRONG_TOPIC": __("a drill came on the channel of alerts, or an alert on that of drills: the loudspeaker refused"),
}
_PROBLEMS: dict[str, Sentence] = {
    "MISSING": __("This is needed."),
    "BLANK_LEFT": __(
        "Something is still to be filled in: %(places)s. Edit the text and fill it in; an ellipsis that belongs to the "
        "sentence is written without a space before it."
    ),
    "NOT_A_DATE": __("The calendar has no such date. Write day, month and year, as in 28/11/2026."),
    "NOT_A_TIME": __("That is not a time. Write it with 24 hours, as in 17:30; with a date as in 17:30 28/11/2026."),
    "NOT_A_NUMBER": __("A whole number is needed."),
    "OUT_OF_RANGE": __("From %(min)s to %(max)s."),
    "BELOW_COMMUNE": __(
        "%(name)s lies below a commune, so nobody receives it. Choose the whole commune, or do not hand it down."
    ),
    "HAS_IT": __("%(name)s can use it already; there is nothing to share."),
    "TOO_LONG": __("%(length)s characters, at most %(max)s."),
    "SECONDS": __("Enter a number of seconds from %(min)s to %(max)s."),
    "NO_PICTURE": __(
        "This file is no PNG or JPEG picture that can be read, or larger than 8 MB. Choose another picture."
    ),
    "MINUTES": __("Give a number of minutes from 0 to %(max)s."),
    "TOO_MANY": __("Too many, at most %(max)s."),
    "LANGUAGE_UNKNOWN": __("This language is not supported yet."),
    "AREA_UNKNOWN": __("No area has the code %(area)s."),
    "AREA_CLOSED": __("%(name)s is no longer an administrative unit; choose the new one."),
    "NOT_YOURS": __("You have no rights in: %(areas)s."),
    "BEFORE_VALID_FROM": __("Has to be after the start of validity."),
    "SOUND_NOT_READY": __("The sound is not ready. Wait for it, or put right what failed under Listen."),
    "RENDITION_MISSING": __("The sound lacks the loudspeakers' version. Make it again."),
    "NOTHING_LEFT_TO_AIR": __("Every airing lies in the past. Choose another time."),
    "EXCEPT_NOT_IN_RULE": lambda p: _("%(on)s is not a date of this schedule.", on=_iso(p)),
    "MOVE_NOT_IN_RULE": lambda p: _("%(on)s is not a date of this schedule.", on=_iso(p)),
    "MOVE_LEFT_OUT": lambda p: _("%(on)s is both moved and left out; choose one.", on=_iso(p)),
    "MOVE_TWICE": lambda p: _("%(on)s is moved twice.", on=_iso(p)),
    "RULE_NEVER": __("This repetition falls on no date. Change the start date, the end date or the weekdays."),
    "NOT_WHOLE_SECOND": __("Airing times are whole seconds."),
    "TOO_MANY_EXCEPTIONS": __("Too many dates left out or moved, at most %(max)s."),
    "DATE_SET_UNKNOWN": __("This set of dates is gone. Untick it, or choose another."),
    "DATE_UNREADABLE": __("“%(text)s” is not a date. Write it like 20/11/2026."),
    "OCCURRENCE_UNKNOWN": __(
        "There is no such airing in the schedule; it may just have been changed. Open the calendar again."
    ),
    "ALREADY_BEGUN": __("It has aired or is on air, so its time cannot be changed."),
    "IN_THE_PAST": __("That time has passed. Choose another."),
    "NOTHING_CHANGED": __("Nothing is different from the schedule as it is."),
    "MOVE_SPLITS_WEEKS": __(
        "The rule skips weeks and names several days: moved like this they would fall into two different weeks. Move "
        "them one by one, or by fewer days."
    ),
    "NOT_WITHIN": __("Enter a number from %(min)s to %(max)s."),
    "EXEMPT_ALREADY": __("This date has been asked for already: see the list beside."),
    "SPAN_TOO_LONG": __("Choose between 1 and %(max)s days."),
    "TOO_LATE_TO_MAKE_GOOD": __("There is no time left to make this one good. Give the bulletin a new schedule."),
    "PASSAGE_UNKNOWN": __("The text does not hold this passage. Copy it exactly as it stands there."),
    "PERSON_UNKNOWN": __("Nobody signs in by this name."),
    "ENDS_BEFORE_START": __("It has to be after the beginning."),
    "SLOT_TOO_LONG": __("From today to at most %(max)s days ahead."),
    "OUTSIDE_SLOT": __(
        "An airing lies outside the delegated slots. Choose another time, or edit the bulletin and submit it again."
    ),
    "BULLETIN_UNKNOWN": __("There is no such bulletin in the area chosen. Choose another one or leave it empty."),
    "DEVICE_UNKNOWN": __("There is no device of this code in the area chosen. Choose one from the list."),
    "IN_FUTURE": __("This time has not come yet. Write when the citizen said it."),
    "TOO_LONG_AGO": __("Too long ago, at most %(max)s days."),
    "RECORDING_UNKNOWN": __("This file was not received. Upload it again."),
    "TOO_LARGE": sound_refusals.REFUSED["TOO_LARGE"],
    "RECORDING_MISSING": __(
        "There is no recording yet. Choose a file or record with the microphone; to have it read aloud, choose “Text, "
        "read aloud”."
    ),
    "NOT_A_PHONE": __("A telephone number is digits, spaces and dots; for example 0252 3822 123."),
    "NOT_IN_WORDS": __("Write it in letters, without digits: exactly these letters are read."),
    "NO_VOICE": __("No voice speaks this language yet. Upload a recording."),
    "TOOL_FAILED": __("Making the sound failed. Try again; if it still fails, tell a technician."),
    "NOT_SECONDS": __("Write seconds, for example 2.5 or 1:02.5."),
    "CUE_NEGATIVE": __("It may not be less than 0."),
    "CUE_PAST_END": lambda p: _("The recording is only %(length)s long.", length=_seconds(p, "length_ms")),
    "CUE_TOO_SHORT": __("At least 1 second has to be left. Move the start or the end."),
    "FADES_TOO_LONG": lambda p: _(
        "The two fades are longer than the part that is aired (%(length)s). Shorten them.",
        length=_seconds(p, "aired_ms"),
    ),
    "DROPPED": __("The work was interrupted several times. Try again; if it still fails, tell a technician."),
}


def _seconds(problem: Problem, name: str) -> str:
    return f"{formats.decimal(float(problem.detail[name]) / 1000)} s"


def _iso(problem: Problem) -> str:
    return formats.day(date.fromisoformat(str(problem.detail["on"])))
