"""Standing orders: alerts agreed to beforehand, which a matching warning fires without a hand."""

from cms.platform.feature import BackgroundJob, Feature, Screens

FEATURE = Feature(
    "cms.standing_orders",
    screens=(Screens("web.alerts", ("views.standing_orders",)),),
    template_words=(("standing_words", "labels"),),
    problem_words=("labels:PROBLEMS",),
    field_words="labels:FIELDS",
    state_words=(("/alert-orders", "labels:STATUS"),),
    background=(
        BackgroundJob("standing orders", "jobs:LapseJob", "ending standing orders", look_s=30.0, is_local=True),
    ),
)
