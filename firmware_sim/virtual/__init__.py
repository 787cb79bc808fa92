"""Real device cores in virtual time: no thread, no socket, no clock but the timeline; the same seed, the same month."""
