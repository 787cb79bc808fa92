"""Bulletins sent by the central system."""

from __future__ import annotations

from cms.platform.feature import BackgroundJob, Feature, Screens

FEATURE = Feature(
    "cms.inbox",
    screens=(Screens("web.bulletins", ("views",)),),
    api=("api",),
    background=(BackgroundJob("inbox", "jobs:InboxJob"),),
)
