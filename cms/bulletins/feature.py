"""Bulletins: editor, approval, sharing, chimes."""

from __future__ import annotations

from cms.platform.feature import N_, Feature, MenuEntry, Screens
from province.people import Action

FEATURE = Feature(
    "cms.bulletins",
    menu=(
        MenuEntry("web.bulletins", N_("Bản tin"), Action.BULLETIN_READ, 30),
        MenuEntry("web.approvals", N_("Chờ duyệt"), Action.BULLETIN_REVIEW, 50),
    ),
    screens=(
        Screens("web.approvals", ("views.approval_parts", "views.approvals", "views.remarks", "views.signatures")),
        Screens(
            "web.bulletins",
            (
                "views.actions",
                "views.bulletins",
                "views.chimes",
                "views.cues",
                "views.editor",
                "views.sharing",
                "views.sounds",
                "views.templates",
            ),
        ),
    ),
    api=("api.actions", "api.approvals", "api.audio", "api.bulletins", "api.chimes", "api.sharing"),
)
