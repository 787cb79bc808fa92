"""Firmware on the server: images uploaded, roll-outs planned, started and driven, device answers stored."""
