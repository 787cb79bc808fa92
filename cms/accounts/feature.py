"""Accounts: sign-in, second factor, and the user's own account."""

from cms.platform.errors import N_
from cms.platform.feature import Feature, Screens

FEATURE = Feature(
    "cms.accounts",
    screens=(Screens("", ("views.account", "views.signing_in", "views.second_factor", "views.signing_in")),),
    search=((N_("People"), "views.search:found_people"),),
    identify="views.sessions:identify",
    find_caller="service.signing_in:whose_token",
    commands=(
        ("users", "cli.users:users"),
        ("token", "cli.tokens:token"),
    ),
)
