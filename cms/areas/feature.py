"""Areas: contacts, outlines, and broadcasting rules."""

from cms.platform.errors import N_
from cms.platform.feature import Feature, Screens

FEATURE = Feature(
    "cms.areas",
    screens=(
        Screens("", ("views.map_ground",)),
        Screens("web.alerts", ("views.contacts",)),
        Screens("web.calendar", ("views.rules",)),
    ),
    search=(
        (N_("Places"), "views.search:found_places"),
        (N_("On-call contacts"), "views.search:found_contacts"),
    ),
    api=("api.areas", "api.rules"),
    commands=(("areas", "cli.areas:areas"),),
)
