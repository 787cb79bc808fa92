"""Sentences for the rules' findings in an alert, and the field of the form to which each belongs."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText
from province.errors import Problem

_BESIDE = {
    "audience": "areas",
    "targets": "areas",
    "exclude": "areas",
    "rings": "shape",
    "discs": "shape",
    "rounds": "again_at",
    "text": "text-vi",
    "wordings": "text-vi",
    "hush_for": "hush_hours",
    "lasts_ms": "minutes",
}
FIELDS: dict[str, LabelText] = {
    "areas": __("Where it is heard"),
    "shape": __("Shape"),
    "headline": __("Headline"),
    "level": __("Level"),
    "expires_at": __("Expires at"),
    "happens_at": __("Happens at"),
    "place": __("Place of the event"),
    "intensity": __("Intensity"),
    "forecast": __("Forecast"),
    "advice": __("Advice"),
    "authority": __("Issuing authority"),
    "basis": __("Basis"),
    "again_at": __("Sounds again after (minutes)"),
    "updates_id": __("The alert that is updated"),
    "word": __("Confirmation word"),
    "cause": __("Reason for cancelling"),
    "cancel_reason": __("More about it"),
    "mutes_alerts": __("Stop the alerts too"),
    "hush_hours": __("Keep silent"),
    "minutes": __("Each lasts"),
}
PROBLEMS: Mapping[str, Callable[[Problem], str]] = {
    "EXPIRED": lambda _p: _("This lies in the past. Choose a later expiry."),
    "TOO_LONG_AHEAD": lambda p: _("Too far ahead: an alert lasts at most %(hours)s hours.", **p.detail),
    "TOO_MUCH_TO_SEND": lambda _p: _("Words and shapes are too long for one message. Make them shorter."),
    "OTHER_KIND": lambda _p: _("A drill cannot take the place of a live alert, nor the other way round."),
    "NOT_ACTIVE": lambda _p: _("This alert is no longer in force, so it cannot be updated."),
    "FACT_MISSING": lambda _p: _("The law asks for it."),
    "NOBODY_HEARS": lambda _p: _("There is no loudspeaker in the chosen places yet."),
    "SOUND_FAILED": lambda _p: _("No sound could be made. Change the words and try again."),
    "SPEECH_TOO_LONG": lambda p: _(
        "It takes %(seconds)s s to say, at most %(most)s s. Make it shorter.",
        seconds=int(p.detail["ms"]) // 1000,
        most=int(p.detail["max"]) // 1000,
    ),
    "LANGUAGE_TWICE": lambda _p: _("One text for each language."),
    "SHAPE_TOO_FINE": lambda p: _("The shapes have %(points)s corners, at most %(max)s. Draw more simply.", **p.detail),
    "RING_MALFORMED": lambda p: _("Shape %(part)s has a wrong coordinate.", **p.detail),
    "RING_OPEN": lambda p: _("Shape %(part)s needs at least three corners.", **p.detail),
    "RING_CROSSED": lambda p: _("Shape %(part)s crosses itself. Draw it again.", **p.detail),
    "DISC_MALFORMED": lambda p: _("Circle %(part)s has a wrong centre or radius.", **p.detail),
    "TOO_OFTEN": lambda _p: _("Rounds have to be at least 1 minute apart."),
    "ONLY_A_DRILL_IS_SILENT": lambda _p: _("Only a drill can be silent."),
    "NOT_A_SHAPE": lambda p: _("Line %(line)s is neither an outline nor a circle.", **p.detail),
    "NOT_MINUTES": lambda _p: _("Type minutes, separated by commas."),
    "NOT_THE_WORD": lambda p: _("Type exactly %(word)s to confirm.", **p.detail),
    "HUSH_TOO_LONG": lambda p: _("Silence is kept for at most %(hours)s hours.", **p.detail),
    "ELSEWHERE": lambda p: _("The alert “%(headline)s” was sent to none of these places.", **p.detail),
    "ALERT_IN_FORCE": lambda p: _(
        "Another alert is in force here: “%(headline)s”. Nobody is told that the danger is over while it is.",
        **p.detail,
    ),
    "WOULD_MUTE": lambda p: _("The alert “%(headline)s” would fall silent.", **p.detail),
    "NOT_A_DRILL": lambda _p: _("Only a drill can be put on the calendar."),
    "OUT_OF_BOUNDS": lambda _p: _("Out of bounds."),
}


def beside(problem: Problem) -> Problem:
    """Map the rules' name of a field to that of the form."""
    top, _dot, rest = problem.field.partition(".")
    if top == "wordings" and rest:
        return replace(problem, field=f"text-{rest}")
    return replace(problem, field=_BESIDE.get(problem.field, problem.field))
