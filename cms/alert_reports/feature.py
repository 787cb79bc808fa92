"""Reports of alerts: what happened, to whom it was told, and why not to the others."""

from cms.platform.feature import BackgroundJob, Feature, Screens

FEATURE = Feature(
    "cms.alert_reports",
    screens=(Screens("web.alerts", ("views",)),),
    template_words=(("report_words", "labels"),),
    api=("api",),
    background=(
        BackgroundJob("alert_reports", "jobs:AlertReportJob", "reporting on alerts", look_s=5.0, is_local=True),
    ),
    commands=(("alert-reports", "cli:alert_reports"),),
)
