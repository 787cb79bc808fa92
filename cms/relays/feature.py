"""Lines[SourceWithHealthOut] to relay."""

from cms.platform.feature import BackgroundJob, Feature, Screens

FEATURE = Feature(
    "cms.relays",
    screens=(Screens("web.bulletins", ("views",)),),
    template_words=(("relay_words", "labels"),),
    api=("api",),
    problem_words=("labels:PROBLEMS",),
    background=(
        BackgroundJob("relay sources", "jobs:RelayWatch", "checking the relay sources", look_s=60.0),
        BackgroundJob("relay repeater", "jobs:RelayRepeater", "repeating relay sources"),
    ),
)
