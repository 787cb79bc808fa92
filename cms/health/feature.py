"""Faults, incidents and people on call."""

from typing import Final

from cms.platform.errors import N_
from cms.platform.feature import BackgroundJob, Feature, MenuTab, Screens
from province.people import Action

LOOK_S: Final = 2.0

FEATURE = Feature(
    "cms.health",
    tabs=(MenuTab("web.devices", "web.faults", N_("Incidents"), Action.DEVICE_READ, 20),),
    screens=(
        Screens("", ("views.metrics",)),
        Screens("web.faults", ("views.faults",)),
    ),
    template_words=(("fault_words", "labels"),),
    api=("api.duties", "api.faults", "api.telemetry"),
    background=(
        BackgroundJob("health", "jobs:HealthJob", "watching the fleet's health", look_s=LOOK_S, is_local=True),
        BackgroundJob("notices", "jobs:NoticeJob", "notifying those on call", look_s=LOOK_S),
        BackgroundJob("telemetry", "jobs:TelemetryUpkeep", bound_s=900.0),
    ),
    commands=(("duty", "cli:duty"), ("doctor", "doctor:doctor")),
)
