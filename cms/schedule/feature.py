"""Calendar, today's airings, slots and proof of delivery."""

from cms.platform.errors import N_
from cms.platform.feature import BackgroundJob, Feature, MenuEntry, Screens
from province.people import Action

FEATURE = Feature(
    "cms.schedule",
    menu=(
        MenuEntry("web.today", N_("Today"), Action.DELIVERY_READ, 10),
        MenuEntry("web.calendar", N_("Schedule"), Action.BULLETIN_READ, 40),
        MenuEntry("web.why", N_("Why?"), Action.DELIVERY_READ, 100),
    ),
    screens=(
        Screens("web.bulletins", ("views.deliveries", "views.slots")),
        Screens("web.calendar", ("views.calendar", "views.calendar_feeds", "views.date_sets", "views.moves")),
        Screens("web.today", ("views.as_run", "views.missed", "views.not_ready", "views.dashboard")),
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
    problem_words=("labels.rule_problems:PROBLEMS",),
    background=(BackgroundJob("audiences", "jobs.audiences:AudienceJob"),),
    outbox="messages:handlers",
    commands=(
        ("as-run", "cli.as_run:as_run"),
        ("why", "cli.why:why"),
    ),
)
