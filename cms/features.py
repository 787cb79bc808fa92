"""Features of the server: the only list of them."""

from importlib import import_module
from typing import Final

from cms.platform.feature import Feature

_NAMES: Final = (
    *(
        "accounts",
        "alert_contradictions",
        "alert_reports",
        "alerts",
        "areas",
        "audit",
        "boards",
        "bulletins",
        "call_lists",
        "citizens",
        "commands",
        "developers",
        "exchange",
    ),
    *(
        "feedback",
        "firmware",
        "fleet",
        "gauges",
        "health",
        "help",
        "inbox",
        "listening",
        "live",
        "local_alerts",
        "notifications",
        "officers",
        "personal_data",
        "public",
        "relays",
        "reports",
        "royalties",
        "schedule",
        "sessions",
        "shelters",
        "signing",
        "speech",
        "standing_orders",
        "stations",
        "tickets",
        "training",
        "user_tasks",
    ),
)
FEATURES: Final[tuple[Feature, ...]] = tuple(import_module(f"cms.{name}.feature").FEATURE for name in _NAMES)
