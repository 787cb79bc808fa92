"""Notifications to people: by screen, web push, e-mail, SMS and Zalo."""

from typing import Final

from cms.platform.feature import BackgroundJob, Feature, Screens

LOOK_S: Final = 1.0
"""A person who is asked to approve is told within 5 s."""

FEATURE = Feature(
    "cms.notifications",
    screens=(Screens("", ("views.choices", "views.inbox")), Screens("web.alerts", ("views.paging",))),
    problem_words=("labels:PROBLEMS",),
    field_words="labels:FIELDS",
    background=(
        BackgroundJob("notifications", "jobs:NotificationJob", "notifying people", look_s=LOOK_S, is_local=True),
    ),
)
