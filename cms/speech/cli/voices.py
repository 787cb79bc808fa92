"""``loa voices``: voices by language, and the check of a voice in a folder."""

from pathlib import Path

import click

from broadcast.speech.languages import LANGUAGES
from cms import bootstrap
from cms.platform.settings import Settings
from cms.speech.service.phonology import PHONOLOGY
from media.errors import BrokenVoiceError, VoiceChoiceError
from media.neural import NeuralVoice


@click.command()
@click.option(
    "--check",
    "folder",
    type=click.Path(path_type=Path),
    help="Let the voice in this folder speak, before it is chosen.",
)
def voices(folder: Path | None) -> None:
    """List the voices by language (LOA_VOICES); a language without a voice is recorded."""
    try:
        if folder is not None:
            NeuralVoice(folder.absolute(), "vi", phonology=PHONOLOGY).refuse_mute()
            click.echo(f"it speaks: {folder}")
            return
        chosen = bootstrap.voices_of(Settings())
        chosen.refuse_mute()
    except (VoiceChoiceError, BrokenVoiceError) as error:
        raise click.ClickException(str(error)) from error
    for language in LANGUAGES:
        click.echo(f"{language}\t{chosen.name(language) or 'recorded'}")
