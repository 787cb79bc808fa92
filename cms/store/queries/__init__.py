"""Read side: queries of screens and API, one a screen, without the rules in between. All take a reading session."""
