Feature: A Healthy service is silent, until its next Alert
  When the incident is over, the engineer tells the Pager that the service is Healthy, and
  nothing more is sent about it. The next Alert begins a new incident, at the first Level,
  whatever became of the incident before.

  Background:
    Given the Escalation Policy of checkout-api:
      | Level | Targets                     |
      | 1     | Ada by e-mail, Grace by SMS |
      | 2     | Edsger by e-mail            |

  Scenario: A service becomes healthy
    Given a Monitored Service in an Unhealthy State,
    When the Pager receives a Healthy event related to this Monitored Service
    And later receives the Acknowledgement Timeout,
    Then the Monitored Service becomes Healthy

  Scenario: Do not notify any target for an healthy service
    Given a Monitored Service in an Unhealthy State,
    When the Pager receives a Healthy event related to this Monitored Service
    And later receives the Acknowledgement Timeout,
    Then the Pager doesn’t notify any Target
    And doesn’t set an acknowledgement delay

  Scenario Outline: After recovery the next Alert pages again from the first Level
    Given checkout-api is <state>
    When the Pager receives a Healthy event for checkout-api
    And checkout-api raises the Alert "down once more"
    Then checkout-api is Unhealthy
    And these Targets are notified:
      | Target        | Incident | Level |
      | Ada by e-mail | 2        | 1     |
      | Grace by SMS  | 2        | 1     |

    Examples:
      | state        |
      | Unhealthy    |
      | acknowledged |
      | exhausted    |

  Scenario: A Healthy event changes nothing when the service is Healthy already
    Given checkout-api is Healthy
    When the Pager receives a Healthy event for checkout-api
    Then checkout-api is Healthy
    And the Pager doesn't notify any Target
