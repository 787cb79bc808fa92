"""Feedback of residents."""

from __future__ import annotations

from cms.platform.feature import N_, Feature, MenuEntry, Screens
from province.people import Action

FEATURE = Feature(
    "cms.feedback",
    menu=(MenuEntry("web.feedback", N_("Phản ánh"), Action.FEEDBACK_READ, 70),),
    screens=(Screens("web.feedback", ("views",)),),
    api=("api",),
)
