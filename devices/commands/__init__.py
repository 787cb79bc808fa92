"""Remote commands: their kinds and life cycle, and the maintenance windows in which no notification is sent."""
