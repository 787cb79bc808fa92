"""Bulletins sent by the central system."""

from cms.platform.feature import BackgroundJob, Feature, Screens

FEATURE = Feature(
    "cms.inbox",
    screens=(Screens("web.bulletins", ("views",)),),
    api=("api",),
    background=(BackgroundJob("inbox", "jobs:InboxJob", "settling inboxes"),),
)
