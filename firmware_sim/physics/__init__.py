"""What a box on a pole is made of, as far as it decides whether the box can be heard. No I/O; time is handed in.

Each model is stepped over any length of time; the same seed and the same steps give the same figures. Ranges and their
sources are in ``docs/simulator.md``.
"""
