"""Values of sound: files, loudness, renditions, cuts."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FileProbe:
    """Properties that ffprobe reports of a file; ``duration_ms`` is 0 where it only could be guessed."""

    container: str
    codec: str
    sample_rate_hz: int
    channels: int
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Loudness:
    """EBU R 128 figures of a whole item, and how long it is once decoded.

    ``short_term_lufs``: the loudness of the three seconds before it, ten times a second. ``max_momentary_lufs``: of the
    loudest 400 ms; None where that was not measured.
    """

    integrated_lufs: float
    true_peak_dbtp: float
    range_lu: float
    threshold_lufs: float
    duration_ms: int = 0
    short_term_lufs: tuple[float, ...] = ()
    max_momentary_lufs: float | None = None


@dataclass(frozen=True, slots=True)
class RenditionSpec:
    """One encoding to make."""

    kind: str
    suffix: str
    codec: str
    bitrate_bps: int
    channels: int
    sample_rate_hz: int
    media_type: str

    @property
    def is_lossless(self) -> bool:
        """Return whether it decodes to the encoded samples exactly: no bit rate is asked for."""
        return self.bitrate_bps == 0


@dataclass(frozen=True, slots=True)
class MadeRendition:
    """One encoding as stored: size in bytes, duration in ms."""

    kind: str
    sha256: str
    bytes: int
    duration_ms: int
    media_type: str


@dataclass(frozen=True, slots=True)
class VoicedSpeech:
    """A stretch of speech and its speaker: an engine with its voice, or the person on the recording ``sha256``."""

    text: str
    by: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class AudioCues:
    """Part of a recording that is aired, in ms of it: ``in_ms`` to before ``out_ms`` (None: its end), faded at both."""

    in_ms: int = 0
    out_ms: int | None = None
    fade_in_ms: int = 0
    fade_out_ms: int = 0


@dataclass(frozen=True, slots=True)
class Cut:
    """A piece to join: ``pause_ms`` follows it."""

    path: Path
    level_lufs: float
    pause_ms: int


@dataclass(frozen=True, slots=True)
class SpeechLevels:
    """Levels of the loud and the quiet moments, in dB below full scale, and the share of samples at full scale."""

    voice_dbfs: float
    floor_dbfs: float
    clipped: float


@dataclass(frozen=True, slots=True)
class MadeSound:
    """Result of making a sound: every rendition, the loudness measured on the finished master, the speakers.

    ``picture`` is its waveform document (``media.picture``), ``outline`` that of the whole recording it was made from:
    no sound, but fetched, remade and dropped like one. ``chime_ms`` of its beginning are the house's chime (``chime``).
    """

    renditions: tuple[MadeRendition, ...]
    loudness: Loudness
    said: tuple[VoicedSpeech, ...] = ()
    picture: MadeRendition | None = None
    outline: MadeRendition | None = None
    chime_ms: int = 0

    @property
    def documents(self) -> tuple[MadeRendition, ...]:
        """Return all renditions and documents of it in the store."""
        return (*self.renditions, *(drawn for drawn in (self.outline, self.picture) if drawn is not None))


@dataclass(frozen=True, slots=True)
class Survey:
    """Figures of a recording as received: loudness of all its channels, length, share of samples at full scale."""

    integrated_lufs: float
    duration_ms: int
    clipped: float


@dataclass(frozen=True, slots=True)
class CheckedRecording:
    """A recording that can be aired. ``remarks``: ``CLIPPED``, ``QUIET``; it should be listened to before it is."""

    duration_ms: int
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload in progress: of ``bytes`` announced, the first ``offset`` have arrived."""

    id: str
    name: str
    bytes: int
    offset: int


@dataclass(frozen=True, slots=True)
class StoredContent:
    """A blob under its hash. ``is_new``: it was not in the store before."""

    sha256: str
    bytes: int
    is_new: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class ShelvedContent:
    """Blob as a content store lists it; ``since_s``: Unix time since when it lies there, or is set aside."""

    sha256: str
    bytes: int
    since_s: float
    is_aside: bool
