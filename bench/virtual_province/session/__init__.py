"""A broadcast session on a fleet in virtual time: what sounded, against what was put into the session."""
