"""Alerts: drafts, approval, drills, and stop orders."""

from cms.platform.errors import N_
from cms.platform.feature import BackgroundJob, Feature, MenuEntry, MenuTab, Screens
from province.people import Action

FEATURE = Feature(
    "cms.alerts",
    menu=(
        MenuEntry("web.alerts", N_("Alerts"), Action.ALERT_READ, 60, "alert", is_main=True, work=Action.ALERT_RAISE),
        MenuEntry("web.stop", N_("Stop loudspeakers"), Action.SOUND_STOP, 130, "stop", is_main=True),
    ),
    tabs=(MenuTab("web.people_list", "web.alert_policy", N_("Policy of alerts"), Action.USER_MANAGE, 20),),
    screens=(
        Screens(
            "web.alerts",
            (
                "views.alerts",
                "views.decisions",
                "views.drills",
                "views.new_alert",
                "views.editor",
                "views.hazard_tables",
                "views.zones",
            ),
        ),
        Screens("web.alert_policy", ("views.policy",)),
        Screens("web.stop", ("views.stops",)),
    ),
    template_words=(("alert_words", "labels"),),
    api=("api.alerts",),
    problem_words=("labels:PROBLEMS",),
    field_words="labels:FIELDS",
    state_words=(("/alerts", "labels:STATUS"),),
    background=(
        BackgroundJob("timing", "timing_job:TimingJob", "measuring alerts", look_s=20.0),
        BackgroundJob("canary", "canary_job:CanaryJob", "drilling with the canary", look_s=10.0),
    ),
    commands=(("alerts", "cli:alerts"), ("hazards", "cli:hazards"), ("trace", "cli:trace")),
)
