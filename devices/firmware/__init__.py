"""Firmware from the server's side: images, and how they are rolled out in waves. Rules only: no clock, no I/O."""
