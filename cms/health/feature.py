"""Faults, incidents and people on call."""

from cms.platform.errors import N_
from cms.platform.feature import BackgroundJob, Feature, MenuTab, Screens
from province.people import Action

FEATURE = Feature(
    "cms.health",
    tabs=(MenuTab("web.devices", "web.faults", N_("Incidents"), Action.DEVICE_READ, 20),),
    screens=(
        Screens("", ("views.metrics",)),
        Screens("web.faults", ("views.duties", "views.fault_map", "views.faults")),
    ),
    api=("api.duties", "api.faults", "api.telemetry"),
    background=(
        BackgroundJob("health", "jobs.health:HealthJob"),
        BackgroundJob("notices", "jobs.health:NoticeJob"),
        BackgroundJob("telemetry", "jobs.telemetry_upkeep:TelemetryUpkeep", bound_s=900.0),
    ),
    commands=(("duty", "cli:duty"),),
)
