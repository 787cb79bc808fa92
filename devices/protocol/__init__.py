"""The wire contract with devices, version 1: pure, versioned, sized. ``docs/protocol.md`` is its text."""
