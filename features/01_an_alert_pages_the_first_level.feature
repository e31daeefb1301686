Feature: An Alert pages the first Level, once
  A Monitored Service in trouble raises an Alert, and everybody on the first Level of its
  Escalation Policy is notified at once. From then on the service is Unhealthy. More Alerts of an
  Unhealthy service notify nobody, because people are working on it already. What they say is noted.

  Background:
    Given the Escalation Policy of checkout-api:
      | Level | Targets                     |
      | 1     | Ada by e-mail, Grace by SMS |
      | 2     | Edsger by e-mail            |

  Scenario: A service becomes unhealthy
    Given a Monitored Service in a Healthy State,
    When the Pager receives an Alert related to this Monitored Service,
    Then the Monitored Service becomes Unhealthy

  Scenario: Notify all targets of the first level
    Given a Monitored Service in a Healthy State,
    When the Monitored Service becomes unhealthy,
    Then the Pager notifies all targets of the first level of the escalation policy,
    And sets a 15-minutes acknowledgement delay

  Scenario: Do not notify any target for an unhealthy service
    Given a Monitored Service in an Unhealthy State,
    When the Pager receives an Alert related to this Monitored Service,
    Then the Pager doesn’t notify any Target
    And doesn’t set an acknowledgement delay

  Scenario: A Level with both e-mail and SMS Targets is notified by both
    When checkout-api raises the Alert "p99 latency above 3 s"
    Then these Targets are notified:
      | Target        |
      | Ada by e-mail |
      | Grace by SMS  |

  Scenario: The incidents of two services do not affect each other
    Given the Escalation Policy of search-api:
      | Level | Targets           |
      | 1     | Barbara by e-mail |
    And checkout-api is Unhealthy
    When search-api raises the Alert "index is stale"
    And Barbara acknowledges search-api
    And 15 minutes pass
    Then these Targets are notified:
      | Target            | Service      | Level |
      | Barbara by e-mail | search-api   | 1     |
      | Edsger by e-mail  | checkout-api | 2     |
