"""Electronic boards: drawing their screens, and driving real controllers; for both ends of the wire."""
