"""Firmware on the server: images taken in, roll-outs planned, started and driven, answers taken down."""
