"""Conformance of brokers: what Loa needs of MQTT, checked against a running broker."""
