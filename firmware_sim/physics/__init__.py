"""Physics of a device on a pole, as far as it decides whether the device can be heard. No I/O; the time is passed in.

Each model is stepped over any length of time; the same seed and the same steps give the same figures. Ranges and their
sources are in ``docs/simulator.md``.
"""
