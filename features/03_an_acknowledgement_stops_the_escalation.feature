Feature: An Acknowledgement stops the escalation
  Whoever acknowledges has the incident in hand, so nobody else is woken for it. It takes one
  person, and it holds for this incident only: the next one is somebody's to acknowledge anew.

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

  Scenario: The first to acknowledge is the one who has it
    Given checkout-api is Unhealthy
    When Grace acknowledges checkout-api
    And Ada acknowledges checkout-api
    Then checkout-api is acknowledged by Grace

  Scenario: Two who acknowledge at the same moment
    Given checkout-api is Unhealthy
    When these arrive at the same moment for checkout-api:
      | an Acknowledgement by Grace |
      | an Acknowledgement by Ada   |
    Then checkout-api is acknowledged by Grace

  Scenario: The second Level may acknowledge as well
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

  Scenario: An Acknowledgement of a Healthy service changes nothing
    Given checkout-api is Healthy
    When the Pager receives the Acknowledgement of incident 1 for checkout-api
    And checkout-api raises the Alert "p99 latency above 3 s"
    Then checkout-api is Unhealthy
    And these Targets are notified:
      | Target        | Incident |
      | Ada by e-mail | 1        |
      | Grace by SMS  | 1        |
