"""Intelligibility of the voice: an offline recogniser, a simulated horn, the tuner and its sentences."""
