"""Feedback of residents."""

from cms.platform.errors import N_
from cms.platform.feature import Feature, MenuEntry, Screens
from province.people import Action

FEATURE = Feature(
    "cms.feedback",
    menu=(MenuEntry("web.feedback", N_("Feedback"), Action.FEEDBACK_READ, 90, "feedback"),),
    screens=(Screens("web.feedback", ("views",)),),
    template_words=(("feedback_words", "labels"),),
    api=("api",),
    state_words=(("/feedback", "labels:STATE"),),
)
