"""Alerts raised at loudspeakers with a key and a PIN: what may be raised where, key holders, and the boxes' orders."""

from cms.platform.feature import BackgroundJob, Feature, Screens

FEATURE = Feature(
    "cms.local_alerts",
    screens=(Screens("web.alerts", ("views.local_alerts", "views.key_holders")),),
    template_words=(("local_words", "labels"),),
    problem_words=("labels:PROBLEMS",),
    field_words="labels:FIELDS",
    outbox="messages:handlers",
    background=(
        BackgroundJob("local_orders", "jobs:LocalOrderRenewal", "renewing local orders", look_s=60.0, is_local=True),
    ),
)
