Feature: A Target reads what the service said
  A page that only says "something is wrong" makes people open three dashboards in the dark.
  The Alert's own message reaches every Target of every Level. Alerts that come later in the same
  incident notify nobody, but what they say is noted, for the next page and for everybody who looks.

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

  Scenario: A later Alert that says something else is noted, and notifies nobody
    Given checkout-api raises the Alert "p99 latency above 3 s"
    When checkout-api raises the Alert "CHECKOUT DOWN, all orders fail"
    Then the Pager doesn't notify any Target
    And doesn't set an acknowledgement delay
    And the later Alerts of checkout-api say:
      | CHECKOUT DOWN, all orders fail |

  Scenario: The next Level reads what later Alerts said as well
    Given checkout-api raises the Alert "p99 latency above 3 s"
    When checkout-api raises the Alert "error rate above 5 %"
    And checkout-api raises the Alert "CHECKOUT DOWN, all orders fail"
    And 15 minutes pass
    Then these Targets are notified:
      | Target           | Message               | Later Alerts                                         |
      | Edsger by e-mail | p99 latency above 3 s | error rate above 5 %; CHECKOUT DOWN, all orders fail |

  Scenario: Alerts that alternate are noted once
    Given checkout-api raises the Alert "p99 latency above 3 s"
    When checkout-api raises the Alert "error rate above 5 %"
    And checkout-api raises the Alert "p99 latency above 3 s"
    And checkout-api raises the Alert "error rate above 5 %"
    Then the Pager doesn't notify any Target
    And the later Alerts of checkout-api say:
      | error rate above 5 % |

  Scenario: What an Alert says after the Acknowledgement is noted too
    Given checkout-api raises the Alert "p99 latency above 3 s"
    And the Pager receives the Acknowledgement by Ada for checkout-api
    When checkout-api raises the Alert "CHECKOUT DOWN, all orders fail"
    Then checkout-api is acknowledged by Ada
    And the Pager doesn't notify any Target
    And the later Alerts of checkout-api say:
      | CHECKOUT DOWN, all orders fail |

  Scenario: A new incident has a message of its own
    Given checkout-api raises the Alert "p99 latency above 3 s"
    And the Pager receives a Healthy event for checkout-api
    When checkout-api raises the Alert "error rate above 5 %"
    Then these Targets are notified:
      | Target        | Incident | Message              |
      | Ada by e-mail | 2        | error rate above 5 % |
