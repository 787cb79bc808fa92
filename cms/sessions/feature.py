"""Broadcast sessions and their running orders."""

from cms.platform.errors import N_
from cms.platform.feature import BackgroundJob, Feature, MenuTab, Screens
from province.people import Action

FEATURE = Feature(
    "cms.sessions",
    tabs=(
        MenuTab("web.calendar", "web.calendar", N_("Calendar"), Action.BULLETIN_READ, 10),
        MenuTab("web.calendar", "web.broadcast_sessions", N_("Broadcast sessions"), Action.BULLETIN_READ, 20),
    ),
    screens=(
        Screens("web.broadcast_sessions", ("views.sessions", "views.running_order")),
        Screens("web.bulletins", ("views.offers",)),
    ),
    template_words=(("session_words", "labels"),),
    api=("api",),
    problem_words=("labels:PROBLEMS",),
    background=(
        BackgroundJob(
            "broadcast sessions", "jobs:SessionLock", "locking broadcast sessions", look_s=10.0, is_local=True
        ),
    ),
)
