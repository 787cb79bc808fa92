"""Firmware images and roll-outs."""

from cms.platform.errors import N_
from cms.platform.feature import BackgroundJob, Feature, MenuTab, Screens
from province.people import Action

FEATURE = Feature(
    "cms.firmware",
    tabs=(MenuTab("web.devices", "web.firmware", N_("Firmware"), Action.DEVICE_MANAGE, 70),),
    screens=(Screens("web.firmware", ("views",)),),
    template_words=(("firmware_words", "labels"),),
    api=("api",),
    problem_words=("labels:PROBLEMS",),
    state_words=(("/firmware", "labels:STATE"),),
    background=(BackgroundJob("firmware", "jobs:RolloutDriver", "driving firmware roll-outs", look_s=5.0),),
    outbox="messages:handlers",
    commands=(("firmware", "cli:firmware"),),
)
