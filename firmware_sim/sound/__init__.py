"""Sound of a simulated device: players, cards, decoders, and recordings of the line signal."""
