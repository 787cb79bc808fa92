"""``loa speak``, ``loa voices`` and ``loa pronunciations``: speech on the command line."""

import tempfile
from pathlib import Path

import click

from broadcast.speech.dictionary import key_of
from broadcast.speech.languages import LANGUAGES
from broadcast.speech.normalization import VIETNAMESE, read
from broadcast.speech.readings import Saying
from cms import bootstrap
from cms.areas.repository import Places
from cms.bootstrap import voices_of
from cms.platform.cli.command_context import opened, operator_call
from cms.platform.settings import Settings
from cms.speech.repository import Pronunciations
from cms.speech.service import dictionary
from cms.speech.service.dictionary import known_sayings
from cms.speech.service.phonology import PHONOLOGY
from media.errors import BrokenVoiceError, MediaError, VoiceChoiceError
from media.ffmpeg import FfmpegTools
from media.model_voice import NAMED_MAX
from media.neural.voice import NeuralVoice
from media.use_cases.bulletin_sound import BROWSER_MP3
from province.areas import AreaId
from province.errors import NotFoundError

_SUFFIXES = (".wav", ".mp3")
_TRIAL = "Kính thưa bà con, không được ra khơi từ 10 giờ sáng nay."


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


@click.group(invoke_without_command=True)
@click.pass_context
def voices(context: click.Context) -> None:
    """List the voices by language (LOA_VOICES); a language without a voice is recorded."""
    if context.invoked_subcommand:
        return
    try:
        chosen = bootstrap.voices_of(Settings())
        chosen.refuse_mute()
    except (VoiceChoiceError, BrokenVoiceError) as error:
        raise click.ClickException(str(error)) from error
    for language in LANGUAGES:
        click.echo(f"{language}\t{chosen.name(language) or 'recorded'}")


@voices.command("try")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--text", default=_TRIAL, show_default=True, help="The text that it is to say.")
@click.option("--speaker", default="", help="Name or number of the speaker; else the first.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=Path("trial.wav"), show_default=True)
def try_voice(folder: Path, text: str, speaker: str, out: Path) -> None:
    """Try the voice in FOLDER before it is chosen: say what it is and what it cannot say, and write a sound."""
    voice = NeuralVoice(folder.absolute(), VIETNAMESE, speaker=speaker, phonology=PHONOLOGY)
    try:
        layout, coverage = voice.folder.layout, voice.coverage()
        click.echo(f"layout: {layout}, run by {layout.runtime.value[0]}; it is given {voice.folder.notation}")
        click.echo(f"Vietnamese: it says {coverage.tried - len(coverage.unsaid)} of {coverage.tried} sample syllables")
        if coverage.unsaid:
            click.echo(f"it cannot say, and espeak-ng would: {' '.join(coverage.unsaid[:NAMED_MAX])}")
        spoken = voice.trial(read(text).spoken, out)
        click.echo(f"speakers: {', '.join(spoken['speakers'])}")
        click.echo(f"written: {out}, {spoken['seconds']:.1f} s at {spoken['rate_hz']} Hz")
        voice.refuse_lacking(coverage.lacking)
    except BrokenVoiceError as error:
        raise click.ClickException(str(error)) from error


@click.group()
def words() -> None:
    """Manage pronunciations: written form, spoken form, area."""


@words.command("list")
@click.option("--area", default="", help="Only what holds for this area, in the order it is asked.")
def list_words(area: str) -> None:
    """List written form, spoken form and area."""
    with opened() as context, context.uow.reading() as uow:
        tree = uow[Places].tree()
        areas = tree.chain(AreaId(area)) if area else tuple(each.id for each in tree)
        for word in uow[Pronunciations].in_areas(areas):
            case = "  (case)" if word.saying.is_case_sensitive else ""
            click.echo(f"{word.saying.written}\t{word.saying.spoken}\t{word.area_id}{case}")


@words.command()
@click.argument("area_id")
@click.argument("written")
@click.argument("spoken")
@click.option("--case", is_flag=True, help="Only as it is written here, capitals and all.")
def teach(area_id: str, written: str, spoken: str, *, case: bool) -> None:
    """Say WRITTEN as SPOKEN from now on, in AREA_ID and below. Harmless when repeated."""
    with opened() as context:
        word = dictionary.teach(
            context.uow(),
            area_id=AreaId(area_id),
            saying=Saying(written, spoken, case),
            call=operator_call(context),
        )
        click.echo(f"{word.saying.written} is said {word.saying.spoken} in {word.area_id}")


@words.command()
@click.argument("area_id")
@click.argument("written")
def forget(area_id: str, written: str) -> None:
    """Let AREA_ID say WRITTEN as the areas above it do, or as the rules find."""
    with opened() as context:
        with context.uow.reading() as uow:
            word = uow[Pronunciations].of_area(AreaId(area_id), written)
        if word is None:
            raise NotFoundError("word", key_of(written))
        dictionary.forget(context.uow(), word.id, call=operator_call(context))
        click.echo(f"{area_id} says nothing of its own for {written}")
