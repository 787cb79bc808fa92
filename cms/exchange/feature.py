"""Exchange of messages with other systems."""

from cms.platform.feature import BackgroundJob, Feature, Screens

FEATURE = Feature(
    "cms.exchange",
    screens=(Screens("web.alerts", ("views.exchange", "views.check", "views.subscriptions")),),
    problem_words=("labels:PROBLEMS",),
    template_words=(("exchange_words", "labels"),),
    api=("api.cap", "api.central", "api.hubs"),
    background=(
        BackgroundJob("feeds", "jobs:FeedWatch", "polling the feeds", bound_s=900.0),
        BackgroundJob("hubs", "jobs:HubJob", "asking the hubs of feeds", look_s=15.0, bound_s=900.0, reaches_out=True),
        BackgroundJob("mqtt intake", "jobs:MqttIntakeJob"),
        BackgroundJob("cap", "jobs:CapPublisher", "publishing as CAP", bound_s=900.0),
        BackgroundJob("webhooks", "jobs:WebhookSender", "delivering webhooks", bound_s=900.0, reaches_out=True),
        BackgroundJob(
            "webhook events", "jobs:WebhookEventJob", "writing events for webhooks", look_s=2.0, is_local=True
        ),
        BackgroundJob("central", "jobs:CentralLinkJob", bound_s=900.0),
    ),
    commands=(
        ("cap", "cli.cap:cap"),
        ("exchange", "cli.exchange:exchange"),
    ),
)
