"""Personal data: register of processing, export, erasure and retention."""

from cms.platform.errors import N_
from cms.platform.feature import BackgroundJob, Feature, MenuTab, Screens
from province.people import Action

FEATURE = Feature(
    "cms.personal_data",
    tabs=(MenuTab("web.audit_log", "web.personal_data", N_("Personal data"), Action.USER_MANAGE, 30),),
    screens=(Screens("web.personal_data", ("views.personal_data",)),),
    problem_words=("labels:PROBLEMS",),
    field_words="labels:FIELDS",
    background=(BackgroundJob("retention", "jobs:RetentionJob", "deleting personal data", look_s=30.0, bound_s=120.0),),
)
