"""CAP 1.2 as bytes: read without trust, written, signed and verified. What it means is decided in ``broadcast.cap``."""
