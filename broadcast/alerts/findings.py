"""Findings on an alert draft: everything that blocks its submission, and warnings that do not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from broadcast.alerts.model import Alert, AlertPolicy, AlertStatus, Purpose, Wording
from broadcast.alerts.script import board_headline, board_text, encoded, script, spoken_languages
from broadcast.bulletins.model import Sound, SoundState
from broadcast.speech.normalization import VIETNAMESE
from devices.protocol.limits import MESSAGE_MAX_BYTES
from province.errors import Problem, problem_if

Speaks = Callable[[str], bool]

SPEECH_MAX_MS = 120_000
"""DOMAIN: speech of at most 120 s, said slowly."""
DEVICE_RENDITION = "alert-opus"
# The law asks for all of them. These three are always known and people need them to act; others missing only warn.
REQUIRED_FACTS = ("place", "advice", "authority")
WISHED_FACTS = ("happens_at", "intensity", "forecast", "basis")
# Base64 makes four bytes of three; 2,000 are the command's own words, its languages' hashes, header and signature.
_FREE_BYTES = MESSAGE_MAX_BYTES * 3 // 4 - 2_000
_POINT_BYTES = 42
_AREA_BYTES = 43


@dataclass(frozen=True, slots=True)
class AlertFindings:
    """``problems`` forbid, ``warnings`` do not."""

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]

    @property
    def forbidding_submission(self) -> tuple[Problem, ...]:
        """Problems but for sounds that are being made: only the approval waits for them."""
        return tuple(each for each in self.problems if not is_being_made(each))


def is_being_made(problem: Problem) -> bool:
    """Return whether the problem is a sound that is being made, so that time alone solves it."""
    return problem.code == "SOUND_NOT_READY" and problem.detail.get("state") == SoundState.MAKING.value


def findings(
    alert: Alert, *, updated: Alert | None, meant: int | None, policy: AlertPolicy, speaks: Speaks, now: datetime
) -> AlertFindings:
    """Find problems and warnings. ``updated``: the alert of ``updates_id``; ``meant``: devices reached, if counted."""
    problems = [
        *_expiry_problems(alert, policy, now),
        *_content_problems(alert),
        *_update_problems(alert, updated),
        *(problem for wording in alert.wordings for problem in _wording_problems(alert, wording, speaks)),
    ]
    missing = [Problem(name, "FACT_MISSING") for name in REQUIRED_FACTS if not getattr(alert.facts, name)]
    wished = [Problem(name, "FACT_MISSING") for name in WISHED_FACTS if not getattr(alert.facts, name)]
    if alert.is_drill or alert.purpose is Purpose.ALL_CLEAR:
        missing, wished = [], []
    if not alert.audience.targets.areas:
        problems.append(Problem("audience", "MISSING"))
    elif meant == 0 and alert.purpose is not Purpose.ALL_CLEAR:
        missing.append(Problem("audience", "NOBODY_HEARS"))
    return AlertFindings((*problems, *missing), tuple(wished))


def _expiry_problems(alert: Alert, policy: AlertPolicy, now: datetime) -> Sequence[Problem]:
    if alert.expires_at <= now:
        return (Problem("expires_at", "EXPIRED"),)
    if alert.expires_at > now + timedelta(hours=policy.hours_max):
        return (Problem("expires_at", "TOO_LONG_AHEAD", {"hours": policy.hours_max}),)
    return ()


def _content_problems(alert: Alert) -> Sequence[Problem]:
    found: list[Problem] = []
    found += problem_if(not alert.headline.strip(), "headline", "MISSING")
    vietnamese = next((wording for wording in alert.wordings if wording.language == VIETNAMESE), None)
    # Boards show the text, so it is needed where the sound is a recording too.
    found += problem_if(vietnamese is None or not vietnamese.text.strip(), f"wordings.{VIETNAMESE}", "MISSING")
    if not fits_one_message(alert):
        found.append(Problem("text", "TOO_MUCH_TO_SEND", {"bytes": _message_bytes(alert), "max": _FREE_BYTES}))
    return found


def fits_one_message(alert: Alert) -> bool:
    """Return whether its words, shape and areas fit one message of the wire."""
    return _message_bytes(alert) <= _FREE_BYTES


def _message_bytes(alert: Alert) -> int:
    points = sum(len(ring.points) for ring in alert.audience.rings) + len(alert.audience.discs)
    areas = len(alert.audience.targets.areas) + len(alert.audience.targets.exclude)
    words = len(board_headline(alert).encode()) + len(board_text(alert).encode())
    return words + points * _POINT_BYTES + areas * _AREA_BYTES


def _update_problems(alert: Alert, updated: Alert | None) -> Sequence[Problem]:
    if updated is None:
        return ()
    if updated.kind is not alert.kind:
        return (Problem("updates_id", "OTHER_KIND"),)
    # An all-clear may come late, and a correction follows what was cancelled.
    if updated.status is not AlertStatus.ACTIVE and alert.purpose is not Purpose.ALL_CLEAR:
        return (Problem("updates_id", "NOT_ACTIVE", {"state": updated.status.value}),)
    return ()


def _wording_problems(alert: Alert, wording: Wording, speaks: Speaks) -> Sequence[Problem]:
    name = f"wordings.{wording.language}"
    parts = script(alert, wording, is_again=False)
    if not parts:
        # The Vietnamese one is reported as missing already.
        return () if wording.language == VIETNAMESE else (Problem(name, "MISSING"),)
    unspoken = sorted(language for language in spoken_languages(parts) if not speaks(language))
    if alert.is_silent:
        return ()
    if unspoken:
        return (Problem(name, "NO_VOICE", {"language": unspoken[0]}),)
    return _sound_problems(name, wording.sound, encoded(parts))


def _sound_problems(name: str, sound: Sound, made_from: str) -> Sequence[Problem]:
    if sound.state is SoundState.FAILED and sound.made_from == made_from:
        return (Problem(name, "SOUND_FAILED", {"error": sound.error}),)
    if sound.state is not SoundState.READY or sound.made_from != made_from:
        return (Problem(name, "SOUND_NOT_READY", {"state": sound.state.value}),)
    rendition = sound.rendition(DEVICE_RENDITION)
    if rendition is None:
        return (Problem(name, "RENDITION_MISSING", {"kind": DEVICE_RENDITION}),)
    if rendition.duration_ms > SPEECH_MAX_MS:
        return (Problem(name, "SPEECH_TOO_LONG", {"ms": rendition.duration_ms, "max": SPEECH_MAX_MS}),)
    return ()
