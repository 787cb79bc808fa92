"""From written to spoken Vietnamese, as an announcer reads it: pure, the same for the same text and sayings."""

from broadcast.spoken.reading import Reading, read

__all__ = ["Reading", "read"]
