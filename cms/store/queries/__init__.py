"""What the screens and the API read: one query a screen, without the rules in between. All take a reading session."""
