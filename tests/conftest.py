"""For all tests: properties are judged by what holds, never by how fast a busy machine finds it out."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("loa", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("loa")
