Feature: An Acknowledgement stops the escalation
  Whoever acknowledges takes care of the incident, so nobody else is notified of it. One person
  is enough. An Acknowledgement counts for its own incident only: the next incident needs
  another one.

  Background:
    Given the Escalation Policy of checkout-api:
      | Level | Targets                     |
      | 1     | Ada by e-mail, Grace by SMS |
      | 2     | Edsger by e-mail            |

  Scenario: Do not notify any target
    Given a Monitored Service in an Unhealthy State
    When the Pager receives the Acknowledgement
    And later receives the Acknowledgement Timeout,
    Then the Pager doesn't notify any Target
    And doesn't set an acknowledgement delay.

  Scenario: One Target of the Level acknowledges for all of them
    Given checkout-api is Unhealthy
    When Grace acknowledges checkout-api
    And 24 hours pass
    Then checkout-api is acknowledged by Grace
    And the Pager doesn't notify any Target

  Scenario: The first Acknowledgement counts, and not the second
    Given checkout-api is Unhealthy
    When Grace acknowledges checkout-api
    And Ada acknowledges checkout-api
    Then checkout-api is acknowledged by Grace

  Scenario: The link of a page acknowledges
    Given checkout-api is Unhealthy
    When Ada acknowledges with the link of the page
    And 24 hours pass
    Then checkout-api is acknowledged by Ada
    And the Pager doesn't notify any Target

  Scenario: The link of an old page does not acknowledge a new incident
    Given checkout-api is Unhealthy
    And the Pager receives a Healthy event for checkout-api
    And checkout-api raises the Alert "down once more"
    When Ada acknowledges with the link of the page of incident 1
    And 15 minutes pass
    Then these Targets are notified:
      | Target           | Incident | Level |
      | Edsger by e-mail | 2        | 2     |

  Scenario: A Target of the second Level may acknowledge as well
    Given checkout-api is Unhealthy
    When 15 minutes pass
    And Edsger acknowledges checkout-api
    And 24 hours pass
    Then checkout-api is acknowledged by Edsger
    And these Targets are notified:
      | Target           |
      | Edsger by e-mail |

  Scenario: An exhausted incident can still be acknowledged
    Given checkout-api is exhausted
    When Ada acknowledges checkout-api
    Then checkout-api is acknowledged by Ada

  Scenario: An Acknowledgement of a Healthy service does not silence its next Alert
    Given checkout-api is Healthy
    When the Pager receives the Acknowledgement of incident 1 for checkout-api
    And checkout-api raises the Alert "p99 latency above 3 s"
    Then checkout-api is Unhealthy
    And these Targets are notified:
      | Target        | Incident |
      | Ada by e-mail | 1        |
      | Grace by SMS  | 1        |
