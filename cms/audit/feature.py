"""Audit log."""

from cms.platform.errors import N_
from cms.platform.feature import BackgroundJob, Feature, MenuEntry, MenuTab, Screens
from province.people import Action

FEATURE = Feature(
    "cms.audit",
    menu=(MenuEntry("web.audit_log", N_("Audit"), Action.AUDIT_READ, 120, "audit"),),
    tabs=(
        MenuTab("web.audit_log", "web.audit_log", N_("Audit log"), Action.AUDIT_READ, 10),
        MenuTab("web.audit_log", "web.audit_chain", N_("Is the log whole?"), Action.AUDIT_READ, 20),
    ),
    screens=(Screens("web.audit_log", ("views.log",)), Screens("web.audit_chain", ("views.chain",))),
    template_words=(("audit_words", "labels"),),
    background=(
        BackgroundJob("anchors", "jobs:AuditAnchorJob", "anchoring the logs", look_s=60.0),
        BackgroundJob("audit_check", "jobs:AuditCheckJob", "checking the event log", look_s=5.0),
        BackgroundJob("syslog", "export_job:SyslogExportJob", "exporting the event log", look_s=2.0, bound_s=600.0),
    ),
    commands=(("audit", "cli:audit"),),
)
