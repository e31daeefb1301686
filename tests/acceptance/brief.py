"""The brief's seven scenarios, which stand in the features word for word."""

# The brief's use-case scenarios, as it has them but for the case of the leading keyword.
THE_BRIEF = """
A service becomes unhealthy
Given a Monitored Service in a Healthy State,
When the Pager receives an Alert related to this Monitored Service,
Then the Monitored Service becomes Unhealthy

Notify all targets of the first level
Given a Monitored Service in a Healthy State,
When the Monitored Service becomes unhealthy,
Then the Pager notifies all targets of the first level of the escalation policy,
And sets a 15-minutes acknowledgement delay

Notify all targets of the next level
Given a Monitored Service in an Unhealthy State,
And the corresponding Alert is not Acknowledged
And the last level has not been notified,
When the Pager receives the Acknowledgement Timeout,
Then the Pager notifies all targets of the next level of the escalation policy
And sets a 15-minutes acknowledgement delay.

Do not notify any target
Given a Monitored Service in an Unhealthy State
When the Pager receives the Acknowledgement
And later receives the Acknowledgement Timeout,
Then the Pager doesn't notify any Target
And doesn't set an acknowledgement delay.

Do not notify any target for an unhealthy service
Given a Monitored Service in an Unhealthy State,
When the Pager receives an Alert related to this Monitored Service,
Then the Pager doesn’t notify any Target
And doesn’t set an acknowledgement delay

A service becomes healthy
Given a Monitored Service in an Unhealthy State,
When the Pager receives a Healthy event related to this Monitored Service
And later receives the Acknowledgement Timeout,
Then the Monitored Service becomes Healthy

Do not notify any target for an healthy service
Given a Monitored Service in an Unhealthy State,
When the Pager receives a Healthy event related to this Monitored Service
And later receives the Acknowledgement Timeout,
Then the Pager doesn’t notify any Target
And doesn’t set an acknowledgement delay
"""
SEVEN = {
    title: lines
    for title, *lines in (text.splitlines() for text in THE_BRIEF.strip().split("\n\n"))
}
