"""The demo: the main job on embedded defaults with a simulated fleet, run and verified."""
