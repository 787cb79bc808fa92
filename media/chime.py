"""Length of the house's own chime, which goes before all speech."""

from typing import Final

CHIME_MS: Final = 2000
CHIME_PAUSE_MS: Final = 600
CHIMED_MS: Final = CHIME_MS + CHIME_PAUSE_MS
"""Leading part of a spoken sound that is not speech: left out where an area has an opening sound of its own."""
