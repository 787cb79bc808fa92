"""Comparison of the label "can it speak now?" with the ground truth at each minute, allowing for detection time. Pure.

The ground truth is the reasons for which nothing would be heard (``virtual.ground_truth``). The hold times are
those of ``docs/health.md``, and the time of the message on its way.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from devices.health.kinds import REOPENS_WITHIN, RULES, FaultKind
from devices.health.speak_label import CanSpeak, SpeakLabel
from devices.protocol.limits import KEEP_ALIVE_S, WILL_DELAY_S

LINK: Final = "link"
SILENT: Final = "amplifier"
"""Reason that shows only while the device plays."""
LINK_MS: Final = round((1.5 * KEEP_ALIVE_S + WILL_DELAY_S) * 1000)
"""Time after which the broker reports a broken connection."""
WORD_MS: Final = 15_000
"""A change is sent at most 5 s after the last message, over a bad network some seconds later."""
BORN_MS: Final = 5_000
SOUNDED_MS: Final = 180_000
"""A sound of this length gives three records."""
RECORD_MS: Final = 300_000
"""The amplifier's heat protection is sent with the next record, and a device notices it at its next measurement."""
_FOUND: Final[Mapping[str, FaultKind]] = {
    "power": FaultKind.LINK_LOST,
    "boot": FaultKind.LINK_LOST,
    "firmware": FaultKind.LINK_LOST,
    LINK: FaultKind.LINK_LOST,
    "flash": FaultKind.DISK_READ_ONLY,
    "open": FaultKind.SPEAKER_OPEN,
    "short": FaultKind.SPEAKER_SHORT,
    "hot": FaultKind.AMP_CUT_OUT,
    SILENT: FaultKind.SILENT_PLAYBACK,
}
"""Kind of fault by which the server finds each reason."""
_MEASURED: Final = frozenset({"open", "short", "hot", "flash", SILENT})
"""Reasons known only from telemetry of a connected device that is believed."""
RELAPSES: Final = 3

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Wrong:
    """One wrong label: at ``at_ms`` the server said ``said``; ``why``: the true reasons of silence (empty: none)."""

    at_ms: int
    said: SpeakLabel
    why: tuple[str, ...]


@dataclass(frozen=True)
class DeviceTruth:
    """Ground truth of one device. ``spans``: spans of each reason, in order; ``sounded``: spans of sound on its card.

    ``unheard``: spans in which its measurements could not be believed (wrong format, a clock far off): facts that only
    they show cannot be known then.
    """

    spans: Mapping[str, Sequence[Span]]
    sounded: Sequence[Span] = ()
    unheard: Sequence[Span] = ()

    @classmethod
    def of(
        cls,
        standings: Iterable[tuple[int, frozenset[str]]],
        until_ms: int,
        sounded: Sequence[Span] = (),
        unheard: Sequence[Span] = (),
    ) -> DeviceTruth:
        """Make it from ``standings``: pairs of an instant and the reasons that hold from it on."""
        since: dict[str, int] = {}
        spans: dict[str, list[Span]] = {}
        for at_ms, reasons in (*standings, (until_ms, frozenset[str]())):
            for gone in since.keys() - reasons:
                spans.setdefault(gone, []).append((since.pop(gone), at_ms))
            for come in reasons - since.keys():
                since[come] = at_ms
        return cls(spans, sounded, unheard)

    def now(self, at_ms: int) -> dict[str, int]:
        """Map the reasons that hold to the instants at which they began."""
        found = {reason: _at(spans, at_ms) for reason, spans in self.spans.items()}
        return {reason: span[0] for reason, span in found.items() if span is not None and span[1] > at_ms}

    def begins_after(self, at_ms: int) -> list[int]:
        """List the next start of each reason, if there is one."""
        places = [(spans, bisect_right(spans, at_ms, key=lambda span: span[0])) for spans in self.spans.values()]
        return [spans[place][0] for spans, place in places if place < len(spans)]


def compare(
    truth: DeviceTruth,
    believed: Sequence[tuple[int, SpeakLabel]],
    *,
    since_ms: int,
    until_ms: int,
    every_ms: int,
    look_ms: int,
    but: Sequence[Span] = (),
) -> list[Wrong]:
    """List wrong labels, sampled ``every_ms`` from ``since_ms``.

    ``look_ms``: interval at which the server evaluates; ``but``: spans in which nothing can be known. Sound in those
    spans proves nothing: its records are sent once, and may have no receiver.
    """
    truth = replace(truth, sounded=list(_outside(truth.sounded, but)))
    wrong: list[Wrong] = []
    at = [at_ms for at_ms, _ in believed]
    next_ms = since_ms
    while next_ms < until_ms:
        now_ms, next_ms = next_ms, next_ms + every_ms
        held = bisect_right(at, now_ms) - 1
        if any(first <= now_ms < last for first, last in but):
            continue
        said = believed[held][1] if held >= 0 else SpeakLabel(CanSpeak.NO, FaultKind.LINK_LOST)
        reasons = truth.now(now_ms)
        if not reasons and said.can_speak is not CanSpeak.NO:
            # Nothing is wrong, and nothing is said to be: so it is until one of the two changes.
            change_ms = min([until_ms, *at[held + 1 : held + 2], *truth.begins_after(now_ms)])
            next_ms = max(next_ms, now_ms + -(-(change_ms - now_ms) // every_ms) * every_ms)
            continue
        if said.can_speak is CanSpeak.NO:
            is_right = _was_so(truth, said, now_ms, look_ms)
        else:
            is_right = not any(
                _must_be_known(truth, reason, since, now_ms, look_ms) for reason, since in reasons.items()
            )
        if not is_right:
            wrong.append(Wrong(now_ms, said, tuple(sorted(reasons))))
    return wrong


def _outside(spans: Iterable[Span], but: Sequence[Span]) -> Iterator[Span]:
    """Yield the parts of these spans that lie in none of those."""
    gaps = sorted(but)
    for first, last in spans:
        begins = first
        for gone, back in gaps:
            if begins < gone < last:
                yield begins, gone
            if gone < last and begins < back:
                begins = back
        if begins < last:
            yield begins, last


def _must_be_known(truth: DeviceTruth, reason: str, since_ms: int, now_ms: int, look_ms: int) -> bool:
    """Return whether the reason has held for longer than its detection may take."""
    if reason in _MEASURED:
        since_ms = max([since_ms, *(min(now_ms, last) for first, last in _offline(truth) if first <= now_ms)])
    kind = _FOUND[reason]
    if reason == SILENT:
        return any(max(first, since_ms) + SOUNDED_MS + look_ms < min(last, now_ms) for first, last in truth.sounded)
    word_ms = LINK_MS if kind is FaultKind.LINK_LOST else WORD_MS + RECORD_MS * (reason == "hot")
    return now_ms - since_ms > word_ms + _ms(RULES[kind].opens_after) + 2 * look_ms


def _was_so(truth: DeviceTruth, said: SpeakLabel, now_ms: int, look_ms: int) -> bool:
    """Return whether a reason behind this label holds, or ended no longer ago than resolving it may take."""
    for reason, spans in truth.spans.items():
        kind = _FOUND[reason]
        fits = said.reason is kind or (kind is FaultKind.LINK_LOST and said.reason is FaultKind.MAINS_LOST)
        # A device that cannot write restarts again and again: it may be seen as lost too.
        fits = fits or (reason == "flash" and said.reason is FaultKind.LINK_LOST)
        if fits and (span := _at(spans, now_ms)) is not None and _may_be_kept(truth, reason, span, now_ms, look_ms):
            return True
    return False


def _may_be_kept(truth: DeviceTruth, reason: str, span: Span, now_ms: int, look_ms: int) -> bool:
    over_ms = span[1]
    if over_ms > now_ms:
        return True
    kind = _FOUND[reason]
    if reason in _MEASURED:
        over_ms = max([over_ms, *(min(now_ms, last) for first, last in _offline(truth) if first <= now_ms)])
    if reason == SILENT:
        return not any(max(first, over_ms) + SOUNDED_MS + look_ms < min(last, now_ms) for first, last in truth.sounded)
    rule = RULES[kind]
    closes = (
        max(rule.closes_after, rule.settles_after)
        if _flaps(truth.spans[reason], now_ms, rule.settles_after)
        else rule.closes_after
    )
    word_ms = BORN_MS if kind is FaultKind.LINK_LOST else WORD_MS + RECORD_MS * (reason == "hot")
    return now_ms - over_ms <= word_ms + _ms(closes) + 2 * look_ms


def _offline(truth: DeviceTruth) -> Sequence[Span]:
    return (*truth.spans.get(LINK, ()), *truth.unheard)


def _flaps(spans: Sequence[Span], now_ms: int, settles: timedelta) -> bool:
    """Return whether the reason has come back so often, each time before its fault was forgotten."""
    apart_ms = _ms(settles + REOPENS_WITHIN)
    count, place = 0, bisect_right([first for first, _ in spans], now_ms) - 1
    while place > 0 and spans[place][0] - spans[place - 1][1] <= apart_ms and count < RELAPSES:
        count, place = count + 1, place - 1
    return count >= RELAPSES


def _at(spans: Sequence[Span], at_ms: int) -> Span | None:
    """Return the last span that had begun by then."""
    place = bisect_right(spans, at_ms, key=lambda span: span[0]) - 1
    return spans[place] if place >= 0 else None


def _ms(length: timedelta) -> int:
    return round(length.total_seconds() * 1000)
