"""Citizens: people without an account who subscribe to a commune."""

from cms.platform.feature import BackgroundJob, Feature

FEATURE = Feature(
    "cms.citizens",
    problem_words=("labels:PROBLEMS",),
    background=(BackgroundJob("citizens", "jobs:CitizenJob", "telling citizens", is_local=True, reaches_out=True),),
)
