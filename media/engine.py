"""Speech engines: the text as each is given it, and the runner of one, bounded in time."""

import re
import subprocess
import unicodedata

from media.errors import ToolError

_PHONEME_BRACKETS = re.compile(r"(\[(?=\[)|\](?=\]))")
_KEPT_CONTROLS = "\n"
TIMEOUT_S = 120.0
_TAIL_CHARS = 600


def speakable(text: str) -> str:
    """Return ``text`` fit for an engine: composed letters, no control characters, no phoneme brackets.

    espeak-ng reads a letter and a loose tone mark as two things, obeys commands that start with U+0001 and takes
    ``[[…]]`` for phonemes; neural voices have their text read by it too.
    """
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\t", " "))
    kept = "".join(c for c in composed if c in _KEPT_CONTROLS or not unicodedata.category(c).startswith("C"))
    return _PHONEME_BRACKETS.sub(r"\1 ", kept)


def primary(language: str) -> str:
    """Return the primary subtag of a BCP 47 tag: voices of that language may speak it."""
    return language.split("-", maxsplit=1)[0].lower()


def run(name: str, *command: str, text: str = "") -> str:
    """Return its standard output; ``text`` goes to its standard input. Raises ToolError with ``name``."""
    try:
        done = subprocess.run(
            list(command),
            input=text.encode(),
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ToolError(name, f"killed after {TIMEOUT_S:g} s") from error
    except FileNotFoundError as error:
        raise ToolError(name, "not installed") from error
    if done.returncode != 0:
        raise ToolError(name, done.stderr.decode("utf-8", "replace").strip()[-_TAIL_CHARS:])
    return done.stdout.decode("utf-8", "replace")
