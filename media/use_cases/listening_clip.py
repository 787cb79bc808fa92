"""Sound of a listening test: a text spoken by one voice, as it is heard from a horn in the open."""

from media.errors import ToolError
from media.horn import through_horn
from media.ports import AudioWorkspace, Voice
from media.use_cases.bulletin_sound import BROWSER_MP3, Utterance, sound_out, stored
from media.use_cases.levelling import level
from media.wave_file import read_wave, write_wave


def make_clip(utterance: Utterance, work: AudioWorkspace, *, voice: Voice) -> str:
    """Make a clip at standard loudness, and return its hash in the content store.

    Raises:
        NoVoiceError, ToolError: the voice failed, or another one said a part of it.
    """
    spoken, heard = work.workdir / "spoken.wav", work.workdir / "heard.wav"
    said = sound_out(utterance, spoken, work, voice=voice)
    name = voice.name(utterance.language)
    if any(each.by != name for each in said):
        raise ToolError(name, "another voice said a part of the text")
    samples, rate_hz = read_wave(spoken)
    write_wave(spoken, through_horn(samples, rate_hz), rate_hz)
    figures = work.tools.decode(spoken, heard)
    (clip,) = stored(level(heard, work, figures=figures, specs=(BROWSER_MP3,)), work.store)
    return clip.sha256
