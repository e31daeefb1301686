Feature: What arrives at the same moment pages once
  Many things can reach the Pager together: two monitors see the same outage, an engineer
  acknowledges just when the delay runs out. Each Target gets one Notification, never two, and
  the outcome is always one that the messages could have had one after the other. In these
  scenarios each message has read the service before the first of them is stored, and they are
  stored in the order of the table.

  Background:
    Given the Escalation Policy of checkout-api:
      | Level | Targets                     |
      | 1     | Ada by e-mail, Grace by SMS |
      | 2     | Edsger by e-mail            |

  Scenario: The same Alert twice at the same moment pages once
    When these arrive at the same moment for checkout-api:
      | an Alert |
      | an Alert |
    Then these Targets are notified:
      | Target        |
      | Ada by e-mail |
      | Grace by SMS  |

  Scenario: Two different Alerts at the same moment page once
    When these arrive at the same moment for checkout-api:
      | the Alert "p99 latency above 3 s" |
      | the Alert "error rate above 5 %"  |
    Then these Targets are notified:
      | Target        | Message               |
      | Ada by e-mail | p99 latency above 3 s |
      | Grace by SMS  | p99 latency above 3 s |

  Scenario: A Healthy event at the same moment as the first Alert has nothing to close
    Given checkout-api is Healthy
    When these arrive at the same moment for checkout-api:
      | an Alert        |
      | a Healthy event |
    Then checkout-api is Unhealthy
    And these Targets are notified:
      | Target        |
      | Ada by e-mail |
      | Grace by SMS  |

  Scenario Outline: An Alert at the same moment as the Healthy event belongs to the incident that closes
    Given checkout-api is Unhealthy
    When these arrive at the same moment for checkout-api:
      | <one>   |
      | <other> |
    Then checkout-api is Healthy
    And the Pager doesn't notify any Target

    Examples:
      | one             | other           |
      | an Alert        | a Healthy event |
      | a Healthy event | an Alert        |

  Scenario: An Acknowledgement that is stored before the timeout of the same moment
    Given checkout-api is Unhealthy
    When these arrive at the same moment for checkout-api:
      | the Acknowledgement         |
      | the Acknowledgement Timeout |
    Then checkout-api is acknowledged
    And the Pager doesn't notify any Target

  Scenario: An Acknowledgement that is stored after the timeout of the same moment
    Given checkout-api is Unhealthy
    When these arrive at the same moment for checkout-api:
      | the Acknowledgement Timeout |
      | the Acknowledgement         |
    Then checkout-api is acknowledged
    And the page to Edsger is withdrawn

  Scenario: One timeout delivered twice at the same moment escalates once
    Given checkout-api is Unhealthy
    When these arrive at the same moment for checkout-api:
      | the Acknowledgement Timeout |
      | the Acknowledgement Timeout |
    Then these Targets are notified:
      | Target           | Level |
      | Edsger by e-mail | 2     |
