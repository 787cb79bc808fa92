"""Fault injection: devices and fleets as its targets, in virtual or in real time."""
