Feature: A Target reads what the service said
  A page that only says "something is wrong" makes people open three dashboards in the dark.
  The Alert's own message reaches every Target of every Level; of Alerts that came later in the
  same incident, nobody is sent another page.

  Background:
    Given the Escalation Policy of checkout-api:
      | Level | Targets          |
      | 1     | Ada by e-mail    |
      | 2     | Edsger by e-mail |

  Scenario: The Alert's message is what the Target reads
    When checkout-api raises the Alert "p99 latency above 3 s"
    Then these Targets are notified:
      | Target        | Service      | Message               |
      | Ada by e-mail | checkout-api | p99 latency above 3 s |

  Scenario: The next Level reads the message that the incident began with
    Given checkout-api raises the Alert "p99 latency above 3 s"
    When checkout-api raises the Alert "error rate above 5 %"
    And 15 minutes pass
    Then these Targets are notified:
      | Target           | Message               |
      | Edsger by e-mail | p99 latency above 3 s |

  Scenario: A new incident has a message of its own
    Given checkout-api raises the Alert "p99 latency above 3 s"
    And the Pager receives a Healthy event for checkout-api
    When checkout-api raises the Alert "error rate above 5 %"
    Then these Targets are notified:
      | Target        | Incident | Message              |
      | Ada by e-mail | 2        | error rate above 5 % |
