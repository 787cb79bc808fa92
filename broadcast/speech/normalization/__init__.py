"""From written to spoken Vietnamese, as an announcer reads it: pure, the same for the same text and sayings."""

from broadcast.speech.normalization.normalizer import VIETNAMESE, Reading, read

__all__ = ["VIETNAMESE", "Reading", "read"]
