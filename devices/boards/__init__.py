"""How electronic boards draw what they show, and how a real controller is told: for both ends of the wire."""
