"""Names in the event log."""

FLOODED = "device.flooded"
SUBSCRIBE_DENIED = "device.subscribe_denied"
"""Event: the device subscribed to topics that are not its own."""
PUBLISH_DENIED = "device.publish_denied"
"""Event: the device published, or set as its will, a message that it may not publish."""
SHARED = "device.identity_shared"
"""Event: another box with its key connected while it was connected."""
