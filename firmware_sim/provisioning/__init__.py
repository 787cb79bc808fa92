"""Provisioning of a simulated device: enrolment, certificates, their renewal, and the bundle on its flash."""
