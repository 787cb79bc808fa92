"""Accounts: sign-in, second factor, and the user's own account."""

from __future__ import annotations

from cms.platform.feature import Feature, Screens

FEATURE = Feature(
    "cms.accounts",
    screens=(Screens("", ("views.account", "views.session_resume", "views.second_factor", "views.signing_in")),),
)
