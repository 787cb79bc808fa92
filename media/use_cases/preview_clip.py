"""Preview of a few spoken words, at the loudness of what is aired."""

from media.ports import AudioWorkspace, Voice
from media.use_cases.bulletin_sound import BROWSER_MP3, Assembly, Utterance, sound_out
from media.use_cases.levelling import level


def make_preview(part: Utterance | Assembly, work: AudioWorkspace, *, voice: Voice) -> bytes:
    """Return an MP3 of it, without a chime. Raises NoVoiceError, ContentMissingError, RefusedAudioError, ToolError."""
    spoken, heard = work.workdir / "spoken.wav", work.workdir / "heard.wav"
    sound_out(part, spoken, work, voice=voice)
    figures = work.tools.decode(spoken, heard)
    (clip,) = level(heard, work, figures=figures, specs=(BROWSER_MP3,)).encodings
    return clip.path.read_bytes()
