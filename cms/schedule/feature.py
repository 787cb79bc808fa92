"""Calendar, today's airings, slots and proof of delivery."""

from cms.platform.errors import N_
from cms.platform.feature import BackgroundJob, Feature, MenuEntry, Screens
from province.people import Action

FEATURE = Feature(
    "cms.schedule",
    menu=(
        MenuEntry(
            "web.today",
            N_("Today"),
            Action.DELIVERY_READ,
            10,
            "today",
            is_main=True,
            work=Action.DELIVERY_READ,
            count_function="views.dashboard:count_waiting",
        ),
        MenuEntry("web.calendar", N_("Schedule"), Action.BULLETIN_READ, 40, "calendar", is_main=True),
        MenuEntry("web.why", N_("Why?"), Action.DELIVERY_READ, 110, "why"),
    ),
    screens=(
        Screens("web.bulletins", ("views.deliveries", "views.slots", "views.time_check")),
        Screens("web.calendar", ("views.calendar", "views.calendar_parts", "views.moves")),
        Screens("web.today", ("views.after_air", "views.dashboard", "views.on_air")),
        Screens("web.why", ("views.why",)),
    ),
    template_words=(("airing_words", "labels"),),
    api=("api.after_air", "api.calendar", "api.proof", "api.rescheduling"),
    problem_words=("labels:PROBLEMS",),
    background=(
        BackgroundJob("audiences", "jobs:AudienceJob", "freezing the audience of airings", look_s=5.0, is_local=True),
    ),
    outbox="messages:handlers",
    commands=(
        ("as-run", "cli:as_run"),
        ("why", "cli:why"),
    ),
)
