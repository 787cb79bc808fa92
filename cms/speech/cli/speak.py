"""``loa speak``: a text as it is read aloud, as spoken text or as a sound file."""

import tempfile
from pathlib import Path

import click

from broadcast.speech.normalization import VIETNAMESE, read
from broadcast.speech.readings import Saying
from cms.areas.repository import Places
from cms.bootstrap import voices_of
from cms.platform.cli.command_context import opened
from cms.platform.settings import Settings
from cms.speech.service.dictionary import known_sayings
from media.errors import MediaError
from media.ffmpeg import FfmpegTools
from media.use_cases.bulletin_sound import BROWSER_MP3
from province.areas import AreaId

_SUFFIXES = (".wav", ".mp3")


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("text")
@click.option("--text-only", is_flag=True, help="Print what would be said; make no sound.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The sound, .wav or .mp3.")
@click.option("--area", default="", help="With the dictionary of this area.")
@click.option("--changes", is_flag=True, help="Also every place said otherwise than written, and what is a guess.")
def speak(text: str, *, text_only: bool, out: Path | None, area: str, changes: bool) -> None:
    """Read TEXT as an announcer would; it may begin with a minus, -3°C."""
    if not text_only and (out is None or out.suffix not in _SUFFIXES):
        raise click.UsageError("name the sound with --out, ending in .wav or .mp3, or ask for --text-only")
    reading = read(text, _sayings(AreaId(area)) if area else ())
    click.echo(reading.spoken)
    if changes:
        for change in reading.changes:
            click.echo(f"{change.rule}\t{reading.text[change.start : change.end]!r}\t{change.spoken!r}")
        for place in reading.doubts:
            click.echo(f"?\t{reading.text[place.start : place.end]!r}\t{place.doubt}")
    if not text_only and out is not None:
        try:
            _sound(reading.spoken, out)
        except MediaError as error:
            raise click.ClickException(f"{error.code}: {error}") from error
        click.echo(f"written: {out}")


def _sayings(area_id: AreaId) -> tuple[Saying, ...]:
    with opened() as context, context.uow.reading() as uow:
        uow[Places].tree().get(area_id)
        return known_sayings(uow, (area_id,))


def _sound(spoken: str, out: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "spoken.wav"
        voices_of(Settings()).speak(spoken, VIETNAMESE, wav)
        if out.suffix == ".wav":
            out.write_bytes(wav.read_bytes())
            return
        encoded = Path(folder) / "spoken.mp3"
        FfmpegTools().encode(wav, {encoded: BROWSER_MP3})
        out.write_bytes(encoded.read_bytes())
