"""Remote commands, maintenance windows and self-tests."""

from cms.platform.errors import N_
from cms.platform.feature import BackgroundJob, Feature, MenuTab, Screens
from province.people import Action

FEATURE = Feature(
    "cms.commands",
    tabs=(
        MenuTab("web.devices", "web.commands", N_("Remote commands"), Action.DEVICE_MANAGE, 80),
        MenuTab("web.devices", "web.maintenance", N_("Maintenance"), Action.DEVICE_READ, 90),
    ),
    screens=(
        Screens("web.commands", ("views.batches",)),
        Screens("web.devices", ("views.device",)),
        Screens("web.maintenance", ("views.maintenance",)),
    ),
    template_words=(("command_words", "labels"),),
    api=("api.commands", "api.maintenance"),
    problem_words=("labels:PROBLEMS",),
    state_words=(("/commands", "labels:BATCH"),),
    background=(BackgroundJob("self-tests", "jobs:self_tester", "asking for self-tests", look_s=60.0),),
)
