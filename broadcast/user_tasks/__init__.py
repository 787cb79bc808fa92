"""User tasks: what waits for one person, and until when."""
