"""Gauges of rain and water, and the limits at which they have an alert drafted."""

from cms.platform.errors import N_
from cms.platform.feature import BackgroundJob, Feature, MenuEntry, Screens
from province.people import Action

FEATURE = Feature(
    "cms.gauges",
    menu=(MenuEntry("web.gauges", N_("Gauges"), Action.ALERT_READ, 95, "place"),),
    screens=(Screens("web.gauges", ("views.gauges", "views.registration", "views.replay", "views.rules")),),
    api=("api",),
    template_words=(("gauge_words", "labels"),),
    problem_words=("labels:PROBLEMS",),
    background=(BackgroundJob("gauges", "jobs:GaugeWatch", "watching the gauges", look_s=15.0, is_local=True),),
)
