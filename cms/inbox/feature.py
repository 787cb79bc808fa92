"""Bulletins sent by the central system."""

from cms.platform.feature import BackgroundJob, Feature, Screens

FEATURE = Feature(
    "cms.inbox",
    screens=(Screens("web.bulletins", ("views",)),),
    template_words=(("inbox_words", "labels"),),
    api=("api",),
    background=(BackgroundJob("inbox", "jobs:InboxJob", "settling inboxes", is_local=True),),
)
