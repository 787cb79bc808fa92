"""Officers: people's own keys for alerts."""

from cms.platform.errors import N_
from cms.platform.feature import Feature, MenuTab, Screens
from province.people import Action

FEATURE = Feature(
    "cms.officers",
    tabs=(MenuTab("web.people_list", "web.signing_keys", N_("Keys that sign alerts"), Action.USER_MANAGE, 30),),
    screens=(Screens("web.signing_keys", ("views",)),),
    template_words=(("officer_words", "labels"),),
    problem_words=("labels:PROBLEMS",),
    state_words=(("/people/signing-keys", "labels:STATES"),),
    commands=(("officers", "cli:officers"),),
)
