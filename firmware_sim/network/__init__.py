"""Network of a simulated device: MQTT link, content fetch, and the conditions under which both work."""
