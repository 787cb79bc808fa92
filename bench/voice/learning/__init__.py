"""Learning of the voice's accent (``media.kokoro.accent``) from what the recogniser understands. Needs torch."""
