"""Ports of making sound: the tools it needs, named by role."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import BinaryIO, Protocol

from media.model import (
    AudioCues,
    CheckedRecording,
    Cut,
    FileProbe,
    Loudness,
    RenditionSpec,
    ShelvedContent,
    SpeechLevels,
    StoredContent,
    Survey,
    Upload,
)

Progress = Callable[[int, str], None]
"""Called with per cent (0 to 100, rising) and a stable step code (probing, speaking, levelling, encoding, storing).

Behind ``speaking`` may stand how many sentences are spoken of all: ``speaking 12/48``.
"""


Check = Callable[[Path], object]
"""Called with the file before it is kept; raises RefusedAudioError to refuse it."""


class Voices(Protocol):
    """Languages that can be spoken; every other one has to be recorded."""

    def speaks(self, language: str) -> bool: ...


class Voice(Protocol):
    """Text to speech."""

    def speaks(self, language: str) -> bool: ...

    def name(self, language: str) -> str:
        """Engine and voice that speak the language; empty: it has to be recorded."""

    def pieces(self, text: str, language: str) -> tuple[str, ...]:
        """Cut a text, exactly, into what it speaks one after the other: each may be said by another engine."""

    def speak(self, text: str, language: str, into: Path, *, until_s: float = inf) -> str:
        """Write a WAV; return the engine and voice that spoke. Raises NoVoiceError, ToolError.

        An engine that has not spoken by ``until_s`` of the monotonic clock fails, or gives way to a faster one.
        """


class AudioTools(Protocol):
    """Measuring and encoding."""

    def probe(self, path: Path) -> FileProbe:
        """Probe a file. Raises RefusedAudioError where it is not plain audio of an accepted kind."""

    def measure(self, path: Path) -> Loudness:
        """Measure loudness and length; decodes all of it, so that its length is exact."""

    def integrated_lufs(self, path: Path) -> float:
        """Measure the loudness of its own channels together. Costs half of ``measure``."""

    def survey(self, path: Path) -> Survey:
        """Measure a recording as received, in one pass. Raises RefusedAudioError FORMAT where it cannot be decoded."""

    def decode(self, path: Path, into: Path, *, only_first_channel: bool = False) -> Loudness:
        """Decode to mono 48 kHz PCM WAV of 32 bits, without offset, ``DECODE_HEADROOM_DB`` lower against clipping.

        Returns what ``measure`` returns of it, as all that write a WAV do.
        """

    def cut(self, path: Path, into: Path, cues: AudioCues, length_ms: int) -> Loudness:
        """Cut a WAV that ``decode`` wrote, ``length_ms`` long, to its cues, faded; of the same kind."""

    def level(self, path: Path, into: Path, *, gain_db: float, peak_dbtp: float, tame_peaks: bool = False) -> Loudness:
        """Apply a gain, a fast limiter for knocks where asked for, and a true-peak limiter."""

    def encode(self, path: Path, wanted: Mapping[Path, RenditionSpec]) -> None:
        """Encode a file, by the path of each rendition."""

    def peaks(self, path: Path, gain_db: float = 0.0) -> tuple[int, ...]:
        """Return the outline of a WAV that ``decode`` or ``level`` wrote: see ``media.picture``."""


class Mastering(AudioTools, Protocol):
    """Tools that a station's programme needs besides."""

    def decode_stereo(self, path: Path, into: Path) -> Loudness:
        """Decode as ``decode``, with both channels."""

    def conform(self, path: Path, into: Path, *, skip_ms: int, gain_db: float) -> Loudness:
        """Convert to mono 48 kHz PCM WAV of 24 bits, without the first ``skip_ms``, with a gain."""


class Editing(Protocol):
    """Joining."""

    def assemble(self, item: Path, into: Path, *, level_lufs: float, chime: bool) -> int:
        """Trim the edges of ``item`` that are silent beside its ``level_lufs``; chime, pause, item, end pause.

        Returns the length in ms. Both are WAV files as ``AudioTools.decode`` writes them.
        """

    def join(self, items: Sequence[tuple[Path, float]], into: Path) -> None:
        """Join items with a pause between, each (file, loudness in LUFS) lowered to the softest of them.

        Edges that are silent beside an item's own loudness are trimmed; WAV files as for ``assemble``.
        """

    def splice(self, cuts: Sequence[Cut], into: Path) -> None:
        """Join pieces of one text as ``join``, with their own pauses between."""

    def listen(self, path: Path) -> SpeechLevels:
        """Measure a WAV as ``AudioTools.decode`` writes it; full scale is that before decoding."""


class ContentStore(Protocol):
    """Blobs named by their SHA-256 (lower-case hex); written atomically, never changed.

    Every method raises ContentAwayError where the store cannot be reached, within a deadline.
    """

    def put_bytes(self, data: bytes) -> str: ...

    def put_file(self, path: Path) -> str: ...

    def put_stream(self, stream: BinaryIO, max_bytes: int, check: Check | None = None) -> StoredContent:
        """Store a stream, or nothing: raises RefusedAudioError TOO_LARGE past ``max_bytes``, or as ``check`` does."""

    def stat(self, sha256: str) -> StoredContent:
        """Return the size of a blob. Raises ContentMissingError."""

    def has(self, sha256: str) -> bool: ...

    def open(self, sha256: str) -> BinaryIO:
        """Open a blob for reading, seekable; the caller closes it. Raises ContentMissingError."""

    def read_bytes(self, sha256: str) -> bytes:
        """Read a whole blob. Raises ContentMissingError."""

    def local_file(self, sha256: str) -> AbstractContextManager[Path]:
        """Lend a blob as a file, for tools that open it by its name; read only, and gone afterwards.

        Raises ContentMissingError.
        """

    def address(self, sha256: str) -> str:
        """Return the blob's path below the folder that the front serves; it is there by then.

        Raises ContentMissingError.
        """

    def set_aside(self, sha256: str) -> bool:
        """Take a blob that nothing names out of use; return whether it was there.

        Every other method finds it as before, and brings it back: so whatever named it meanwhile loses nothing.
        """

    def discard(self, sha256: str) -> None:
        """Delete a blob that is set aside; harmless where it is not."""

    def shelf(self, first: int) -> Iterable[ShelvedContent]:
        """List the blobs whose hash begins with this byte, also those that are set aside."""

    def probe(self) -> None:
        """Ask whether the store answers. Raises ContentAwayError."""


@dataclass(frozen=True, slots=True)
class AudioWorkspace:
    """Means of making one sound: audio tools, content store, report of the progress, and a scratch folder."""

    tools: AudioTools
    editing: Editing
    store: ContentStore
    workdir: Path
    progress: Progress = lambda _pct, _step: None


class Uploads(Protocol):
    """Recordings that arrive in parts; each belongs to its ``owner`` alone."""

    def begin(self, owner: str, name: str, size: int, mark: str, *, max_bytes: int) -> Upload:
        """Begin an upload, or resume one with the same owner, name, size and mark. Raises RefusedAudioError."""

    def find(self, owner: str, upload_id: str) -> Upload:
        """Find an upload. Raises UploadMissingError."""

    def write(self, owner: str, upload_id: str, start: int, stream: BinaryIO) -> Upload:
        """Write a part. Raises UploadMissingError, UploadGapError, RefusedAudioError."""

    def finish(self, owner: str, upload_id: str, check: Check | None = None) -> StoredContent:
        """Finish an upload. Raises UploadMissingError, UploadGapError; RefusedAudioError as ``check``: it is gone."""

    def held_bytes(self, owner: str) -> tuple[int, int]:
        """Return the announced bytes of all uploads in progress, and of this owner's among them."""

    def fold(self) -> int:
        """Delete abandoned uploads; return how many."""


class RecordingCheck(Protocol):
    """Quick check of a recording while its sender waits."""

    def check(self, path: Path, *, is_strict: bool = False) -> CheckedRecording | None:
        """Return None if there was no time for it now; making its sound checks it again.

        Raises RefusedAudioError: it cannot be aired; ``is_strict``: or is CLIPPED, or QUIET.
        """


class SpokenSyllable(Protocol):
    """A Vietnamese syllable by its parts, each named by the letters of its usual spelling."""

    @property
    def onset(self) -> str: ...
    @property
    def has_glide(self) -> bool: ...
    @property
    def nucleus(self) -> str: ...
    @property
    def coda(self) -> str: ...
    @property
    def tone(self) -> str: ...


class SpokenPhrase(Protocol):
    """Syllables said in one breath; ``end``: group, clause, statement or question."""

    @property
    def syllables(self) -> Sequence[SpokenSyllable]: ...
    @property
    def end(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Phonology:
    """Rules of Vietnamese that an engine is given.

    ``read`` reads a text in a dialect (announcer, northern, southern) as phrases, and raises ToolError where something
    of it would be left out. ``shapes`` lists syllables that together hold each onset, and each rime in each tone.
    """

    read: Callable[[str, str], Sequence[SpokenPhrase]]
    shapes: Callable[[], Iterable[str]]
