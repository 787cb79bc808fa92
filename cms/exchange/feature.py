"""Exchange of messages with other systems."""

from __future__ import annotations

from cms.platform.feature import Feature, Screens

FEATURE = Feature(
    "cms.exchange",
    screens=(Screens("web.alerts", ("views.central", "views.check", "views.exchange")),),
    api=("api.cap", "api.central"),
)
