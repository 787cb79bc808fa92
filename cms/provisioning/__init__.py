"""Provisioning and life cycle of devices: registered, claimed, given certificates, shut off, moved, retired."""
