"""CAP 1.2 documents: untrusted input read, messages written and verified; ``broadcast.alerts.cap`` interprets them."""
