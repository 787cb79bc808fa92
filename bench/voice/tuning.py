"""Search for settings of the voice that the recogniser understands better.

Coordinate search: one setting after the other is tried at other values, and kept where fewer words are misheard on the
tuning part of the sentences; what was found is confirmed on the held-out part. Every hearing is kept in a file of JSON
lines, from which the next run goes on. None of the sentences is a bulletin of ``loa bench speech``.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from bench.voice.confusions import Confusions
from bench.voice.corpus import sentences_of
from bench.voice.recogniser import Recogniser
from bench.voice.settings import Settings
from bench.voice.trial import TrialResult, VoiceTrials

CANDIDATES: Final[dict[str, tuple[Any, ...]]] = {
    "rate": (0.8, 0.85, 0.95, 1.0),
    "mix": tuple({"zf_xiaoxiao": share, "ff_siwis": 1 - share} for share in (0.25, 0.4, 0.6, 0.75)),
    "script.FOOT": (1, 3),
    "script.LONGEST": (60, 100, 220),
    "script.NUCLEI.ươ": ("ɯɤ", "ɯa", "ɯɔ"),
    "script.NUCLEI.uô": ("uo", "uɔ"),
    "script.NUCLEI.iê": ("ie", "iɛ"),
    "script.NUCLEI.ơ": ("ɤ",),
    "script.NUCLEI.â": ("ɤ", "ʌ", "a"),
    "script.RIME_NUCLEI.âu": ("ɤ", "ʌ"),
    "script.RIME_NUCLEI.âi": ("ɤ", "ʌ"),
    "script.RIME_NUCLEI.ơi": ("ɤ", "ʌ"),
    "script.NUCLEI.ư": ("ɨ", "ɤ"),
    "script.ONSETS.đ": ("nd", "l"),
    "script.ONSETS.tr": ("ʨ", "tɻ"),
    "script.ONSETS.r": ("z", "ɣ"),
    "script.ONSETS.d": ("j",),
    "script.ONSETS.g": ("ɣ",),
    "script.ONSETS.kh": ("k", "h", "kh"),
    "script.ONSETS.ng": ("ŋɡ", "ŋŋ"),
    "script.ONSETS.nh": ("nj",),
    "script.CODAS.ch": ("t", "ik"),
    "script.CODAS.nh": ("n", "ŋ"),
    "prosody.CLOSURE_FRAMES": (1, 3),
    "prosody.SHORT_VOWEL": (0.6, 0.9, 1.0),
    "prosody.OFFGLIDE_MAX_FRAMES": (1, 3, 4),
    "prosody.LONGER_VOWEL_FRAMES": (1, 2, 4),
    "prosody.DECLINATION_SEMITONES": (0.0, 1.0, 3.0),
    "prosody.SMOOTHED": (3, 7),
    "prosody.CONTOURS.ngang": ([[0, 1], [1, 1]], [[0, 2], [1, 1.7]], [[0, 0], [1, 0]]),
    "prosody.CONTOURS.hỏi": ([[0, -1], [0.5, -4], [1, -6]], [[0, -1], [0.5, -5], [1, 0]]),
    "prosody.CONTOURS.ngã": ([[0, 0], [0.45, -2], [1, 6]], [[0, 1], [0.5, 0], [0.6, 3], [1, 7]]),
    "prosody.CONTOURS.nặng": ([[0, -1], [0.5, -3], [1, -5]], [[0, -2], [0.5, -4], [1, -8]]),
    "prosody.CONTOURS.sắc": ([[0, 1], [0.35, 1.5], [1, 5.5]], [[0, 0], [0.35, 1], [1, 7]]),
    "prosody.CONTOURS.huyền": ([[0, -2], [1, -4]], [[0, -3], [0.3, -4], [1, -6]]),
}  # fmt: skip
"""Other values of each setting, in the order in which they are tried."""
LEAST_GAIN: Final = 0.005
"""Of the error rate: what gains less is left as it is."""


@dataclass(frozen=True, slots=True)
class TuningOrder:
    """Order of one run, as the command line gives it."""

    python: str
    results: Path
    voice: str
    part: str
    sentences: int
    minutes: float
    given: tuple[str, ...]
    search: bool
    only: tuple[str, ...]
    confusions: bool


def tune(order: TuningOrder) -> None:
    """Print the error rate as shipped, with the given settings, and of each candidate where a search is wanted."""
    until_s = time.monotonic() + 60 * order.minutes
    recogniser = Recogniser(order.python)
    try:
        trials = VoiceTrials(order.voice, recogniser, order.results)
        settings = dict(_setting(each) for each in order.given)
        sentences = sentences_of(order.part, order.sentences)
        base = trials.run({}, sentences, until_s)
        if base is None:
            raise click.ClickException("the time is over before the first result")
        _print("as shipped", base)
        best = base if not settings else trials.run(settings, sentences, until_s)
        if best is not None and settings:
            _print(json.dumps(settings, ensure_ascii=False), best, base)
        if order.search and best is not None:
            settings = dict(_searched(trials, settings, best, sentences, until_s=until_s, only=order.only))
            _confirm(trials, settings, until_s)
        if order.confusions and best is not None:
            _print_confusions(best)
    finally:
        recogniser.close()


def _searched(
    trials: VoiceTrials,
    settings: Settings,
    best: TrialResult,
    sentences: tuple[str, ...],
    *,
    until_s: float,
    only: tuple[str, ...],
) -> Settings:
    """Try each candidate once, from the best so far; return the settings that were kept."""
    for name, value in _candidates(only):
        changed = {**settings, name: value}
        result = trials.run(changed, sentences, until_s)
        if result is None:
            click.echo("the time is over")
            break
        is_better = result.error_rate < best.error_rate - LEAST_GAIN
        _print(f"{'+' if is_better else ' '} {name}={json.dumps(value, ensure_ascii=False)}", result, best)
        if is_better:
            settings, best = changed, result
    return settings


def _candidates(only: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name, values in CANDIDATES.items():
        if not only or name.startswith(only):
            yield from ((name, value) for value in values)


def _confirm(trials: VoiceTrials, settings: Settings, until_s: float) -> None:
    """Measure the settings that were found on the sentences that they were not chosen on."""
    held_out = sentences_of("held-out")
    base = trials.run({}, held_out, until_s)
    found = trials.run(settings, held_out, until_s)
    if base is None or found is None:
        click.echo("not confirmed: the time is over")
        return
    _print("held out, as shipped", base)
    _print(f"held out, {json.dumps(settings, ensure_ascii=False)}", found, base)


def _setting(given: str) -> tuple[str, Any]:
    name, _, value = given.partition("=")
    try:
        return name, json.loads(value)
    except ValueError as error:
        raise click.BadParameter(f"{given}: NAME=JSON") from error


def _print(name: str, result: TrialResult, base: TrialResult | None = None) -> None:
    against = "" if base is None else f"  {_difference(result, base)}"
    click.echo(
        f"{result.error_rate:.3f} (mean {result.mean_error_rate:.3f}, {result.processor_share:.2f} s/s, "
        f"n {len(result.hearings)}){against}  {name}"
    )


def _difference(result: TrialResult, base: TrialResult) -> str:
    """Return the difference of the error rates and its standard error, sentence by sentence."""
    count = sum(each.words for each in base.hearings)
    changes = [one.errors - other.errors for one, other in zip(result.hearings, base.hearings, strict=True)]
    mean = sum(changes) / len(changes)
    spread = math.sqrt(sum((change - mean) ** 2 for change in changes))
    return f"{sum(changes) / count:+.3f} ± {spread / count:.3f}"


def _print_confusions(result: TrialResult) -> None:
    counted = Confusions()
    for each in result.hearings:
        counted.add(each.sentence, each.heard)
    for row in counted.rows():
        click.echo(row)
    for (want, got), count in counted.words.most_common(60):
        click.echo(f"{count:>4}  {want} → {got or '–'}")
