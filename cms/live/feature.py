"""Live addresses."""

from __future__ import annotations

from cms.platform.feature import N_, Feature, MenuEntry, Screens
from province.people import Action

FEATURE = Feature(
    "cms.live",
    menu=(MenuEntry("web.live", N_("Trực tiếp"), Action.LIVE_SPEAK, 120),),
    screens=(Screens("web.live", ("views.live", "views.recordings")),),
    api=("api.live",),
)
