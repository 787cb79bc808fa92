"""Remote signing of approvals by a service that keeps the approver's key."""

from cms.platform.feature import BackgroundJob, Feature, Screens

FEATURE = Feature(
    "cms.signing",
    screens=(Screens("web.bulletins", ("views.remote_signing",)),),
    problem_words=("labels:PROBLEMS",),
    field_words="labels:FIELDS",
    background=(
        BackgroundJob("remote_signing", "jobs:RemoteSigningJob", "signing approvals", look_s=1.0, reaches_out=True),
    ),
)
