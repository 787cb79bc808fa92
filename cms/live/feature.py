"""Live addresses."""

from cms.platform.errors import N_
from cms.platform.feature import Feature, MenuEntry, Screens
from province.people import Action

FEATURE = Feature(
    "cms.live",
    menu=(MenuEntry("web.live", N_("Live"), Action.LIVE_SPEAK, 70, "live"),),
    screens=(Screens("web.live", ("views.live",)),),
    template_words=(("live_words", "labels"),),
    api=("api",),
    problem_words=("labels:PROBLEMS",),
    state_words=(("/live", "labels:STATE"),),
)
