"""What Grafana OnCall's API answers with."""

from pager.adapters.imports.export import kind

KINDS = (
    kind("user", "users", "email username"),
    kind("notification rule", "personal_notification_rules", "user_id type"),
    kind("team", "teams", "avatar_url"),
    kind("shift", "on_call_shifts", "duration start"),
    kind("schedule", "schedules", "on_call_now"),
    kind("step", "escalation_policies", "escalation_chain_id type"),
    kind("route", "routes", "integration_id escalation_chain_id"),
    kind("integration", "integrations", "default_route"),
    kind("chain", "escalation_chains", "id name team_id"),
)
"""The first that fits: many more things have a name and a team than a chain has."""
