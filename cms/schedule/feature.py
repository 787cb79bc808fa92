"""Calendar, today's airings, slots and proof of delivery."""

from cms.platform.errors import N_
from cms.platform.feature import BackgroundJob, Feature, MenuEntry, Screens
from province.people import Action

FEATURE = Feature(
    "cms.schedule",
    menu=(
        MenuEntry("web.today", N_("Today"), Action.DELIVERY_READ, 10, label_function="views.dashboard:menu_label"),
        MenuEntry("web.calendar", N_("Schedule"), Action.BULLETIN_READ, 40),
        MenuEntry("web.why", N_("Why?"), Action.DELIVERY_READ, 100),
    ),
    screens=(
        Screens("web.bulletins", ("views.deliveries", "views.slots")),
        Screens("web.calendar", ("views.calendar", "views.calendar_parts", "views.moves")),
        Screens("web.today", ("views.after_air", "views.dashboard")),
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
