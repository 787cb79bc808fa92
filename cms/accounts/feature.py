"""Accounts: sign-in, second factor, the user's own account, and the people of the province."""

from cms.platform.errors import N_
from cms.platform.feature import Feature, MenuEntry, MenuTab, Screens
from province.people import Action

FEATURE = Feature(
    "cms.accounts",
    menu=(
        MenuEntry(
            "web.people_list",
            N_("People"),
            Action.USER_MANAGE,
            115,
            "person",
            work=Action.USER_MANAGE,
            count_function="views.people:waiting_count",
        ),
    ),
    tabs=(MenuTab("web.people_list", "web.people_list", N_("People"), Action.USER_MANAGE, 10),),
    screens=(
        Screens(
            "",
            (
                "views.account",
                "views.signing_in",
                "views.second_factor",
                "views.passkeys",
                "views.tokens",
                "views.joining",
            ),
        ),
        Screens("web.people_list", ("views.people", "views.people_changes", "views.people_import")),
    ),
    problem_words=("labels:PROBLEMS",),
    template_words=(("account_words", "labels"),),
    state_words=(("/people", "labels:STATES"),),
    search=((N_("People"), "views.people:found_people"),),
    identify="views.sessions:identify",
    find_caller="service.tokens:caller_of",
    commands=(
        ("users", "cli.users:users"),
        ("token", "cli.tokens:token"),
    ),
)
