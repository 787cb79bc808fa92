"""Reports and figures."""

from cms.platform.errors import N_
from cms.platform.feature import BackgroundJob, Feature, MenuEntry, Screens
from province.people import Action

FEATURE = Feature(
    "cms.reports",
    menu=(
        MenuEntry(
            "web.reports",
            N_("Reports"),
            Action.DELIVERY_READ,
            80,
            "report",
            count_function="views.files:unseen_reports",
        ),
    ),
    screens=(Screens("web.reports", ("views.files", "views.reports")),),
    api=("api",),
    background=(
        BackgroundJob("reports", "jobs:ReportScheduler", "scheduling the reports", look_s=30.0, bound_s=900.0),
    ),
)
