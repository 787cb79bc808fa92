"""CAP 1.2 documents: untrusted input read, messages written, signed and verified; ``broadcast.cap`` interprets them."""
