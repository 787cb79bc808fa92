"""Bulletins: editor, approval, sharing, chimes."""

from cms.platform.errors import N_
from cms.platform.feature import BackgroundJob, Feature, MenuEntry, Screens
from province.people import Action

FEATURE = Feature(
    "cms.bulletins",
    menu=(
        MenuEntry(
            "web.bulletins",
            N_("Bulletins"),
            Action.BULLETIN_READ,
            20,
            "bulletin",
            is_main=True,
            work=Action.BULLETIN_WRITE,
        ),
        MenuEntry(
            "web.approvals",
            N_("Awaiting review"),
            Action.BULLETIN_REVIEW,
            30,
            "approve",
            is_main=True,
            work=Action.BULLETIN_REVIEW,
        ),
    ),
    screens=(
        Screens("web.approvals", ("views.approvals", "views.decision", "views.remarks")),
        Screens(
            "web.bulletins",
            (
                "views.actions",
                "views.autosaves",
                "views.bulletin_list",
                "views.bulletins",
                "views.check",
                "views.chimes",
                "views.cues",
                "views.editor",
                "views.language_versions",
                "views.content",
                "views.papers",
                "views.templates",
                "views.uploads",
            ),
        ),
    ),
    search=((N_("Bulletins"), "views.search:found_bulletins"),),
    api=("api.actions", "api.bulletins", "api.language_versions", "api.sharing", "api.sound"),
    problem_words=("labels:PROBLEMS",),
    field_words="labels:FIELDS",
    template_words=(("bulletin_words", "labels"),),
    background=(BackgroundJob("content", "jobs:ContentCollector"),),
    commands=(("content", "cli:content"),),
)
