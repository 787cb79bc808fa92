"""Continuous back-up: an encrypted replica of the installation on another disk, a few seconds behind."""
