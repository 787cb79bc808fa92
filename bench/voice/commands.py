"""``loa bench voice-tuning``: its options; what it needs is loaded when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from media.kokoro.voice import VOICES


@click.command("voice-tuning")
@click.option("--python", default="python3", show_default=True, help="The Python that has the recogniser.")
@click.option("--results", type=click.Path(dir_okay=False, path_type=Path), required=True, help="JSON lines, kept.")
@click.option("--voice", type=click.Choice(sorted(VOICES)), default="female", show_default=True)
@click.option("--part", type=click.Choice(("tuning", "held-out", "all")), default="tuning", show_default=True)
@click.option("--sentences", default=30, show_default=True, type=click.IntRange(1), help="Of the part.")
@click.option("--minutes", default=30.0, show_default=True, help="The run ends after so long.")
@click.option("--set", "given", multiple=True, metavar="NAME=JSON", help="A setting; repeated.")
@click.option("--search", is_flag=True, help="Try other values of all settings, or of those named by --only.")
@click.option("--only", multiple=True, help="Beginning of the settings to be searched.")
@click.option("--confusions", is_flag=True, help="Show the parts of syllables that were misheard.")
def voice_tuning(**options: Any) -> None:
    """Measure settings of the voice on sentences of its own, or search for better ones."""
    from bench.voice.tuning import TuningOrder, tune  # noqa: PLC0415 - they need onnxruntime, which not all have

    tune(TuningOrder(**options))
