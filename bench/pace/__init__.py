"""``loa bench officer``: an alert from the first press to the loudspeaker, in a real browser at human pace."""
