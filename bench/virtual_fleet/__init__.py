"""Devices in virtual time with real cores: no thread, no socket, no clock but the timeline; same seed, same month."""
