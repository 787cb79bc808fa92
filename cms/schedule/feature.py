"""Calendar, today's airings, slots and proof of delivery."""

from __future__ import annotations

from cms.platform.feature import N_, Feature, MenuEntry, Screens
from province.people import Action

FEATURE = Feature(
    "cms.schedule",
    menu=(
        MenuEntry("web.today", N_("Hôm nay"), Action.DELIVERY_READ, 10),
        MenuEntry("web.calendar", N_("Lịch phát"), Action.BULLETIN_READ, 40),
        MenuEntry("web.why", N_("Vì sao?"), Action.DELIVERY_READ, 100),
    ),
    screens=(
        Screens("web.bulletins", ("views.deliveries", "views.slots")),
        Screens("web.calendar", ("views.calendar", "views.calendar_feeds", "views.date_sets", "views.moves")),
        Screens("web.today", ("views.as_run", "views.missed", "views.not_ready", "views.today")),
        Screens("web.why", ("views.why",)),
    ),
    api=(
        "api.after_air",
        "api.calendar",
        "api.calendar_feeds",
        "api.date_sets",
        "api.proof",
        "api.rescheduling",
        "api.slots",
    ),
)
