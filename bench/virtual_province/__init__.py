"""The real server and a simulated fleet in one process, on one virtual clock: a month of a province in minutes.

The one place that knows both ends, and nothing of ours imports it: see ``docs/adr/0037-virtual-time.md``.
"""
