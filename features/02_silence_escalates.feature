Feature: Silence escalates to the next Level
  Whoever is paged has a quarter of an hour to acknowledge, unless the Level says otherwise.
  When nobody does, the next Level is notified too, and so on to the last. After the last Level
  nobody is left: the incident is exhausted, and everybody who looks can see that.

  Background:
    Given the Escalation Policy of checkout-api:
      | Level | Targets                        | Acknowledgement Delay |
      | 1     | Ada by e-mail, Grace by SMS    |                       |
      | 2     | Edsger by e-mail, Grace by SMS |                       |
      | 3     | Barbara by SMS                 | 5 minutes             |

  Scenario: Notify all targets of the next level
    Given a Monitored Service in an Unhealthy State,
    And the corresponding Alert is not Acknowledged
    And the last level has not been notified,
    When the Pager receives the Acknowledgement Timeout,
    Then the Pager notifies all targets of the next level of the escalation policy
    And sets a 15-minutes acknowledgement delay.

  Scenario: Nobody of the next Level is notified before the delay is over
    Given checkout-api is Unhealthy
    When 14 minutes pass
    Then the Pager doesn't notify any Target

  Scenario: After a quarter of an hour of silence the next Level is notified
    Given checkout-api is Unhealthy
    When 15 minutes pass
    Then these Targets are notified:
      | Target           | Level |
      | Edsger by e-mail | 2     |
      | Grace by SMS     | 2     |

  Scenario: A Level may have a delay of its own
    Given checkout-api is Unhealthy
    When 15 minutes pass
    And another 15 minutes pass
    Then the Acknowledgement Timeout of checkout-api is due in 5 minutes

  Scenario: An incident is exhausted when nobody on the last Level answers
    Given checkout-api is Unhealthy
    When 15 minutes pass
    And another 15 minutes pass
    And another 5 minutes pass
    Then checkout-api is exhausted
    And these Targets are notified:
      | Target           | Level |
      | Edsger by e-mail | 2     |
      | Grace by SMS     | 2     |
      | Barbara by SMS   | 3     |

  Scenario: An exhausted incident stays silent
    Given checkout-api is exhausted
    When checkout-api raises the Alert "still down"
    And 24 hours pass
    Then the Pager doesn't notify any Target
    And doesn't set an acknowledgement delay

  Scenario: Whoever stands on two Levels is notified on both
    When checkout-api raises the Alert "p99 latency above 3 s"
    And 15 minutes pass
    Then these Targets are notified:
      | Target           | Level |
      | Ada by e-mail    | 1     |
      | Grace by SMS     | 1     |
      | Edsger by e-mail | 2     |
      | Grace by SMS     | 2     |
