Feature: What arrives at the same moment pages once
  Many messages can reach the Pager together: two monitors see the same outage, an engineer
  acknowledges just when the delay is over. Each Target gets one Notification and never two, and
  all ends as if the messages had come one after the other. In these scenarios none of the
  messages knows of the others when it arrives, and the Pager takes them in the order of the
  table.

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
      | <first>  |
      | <second> |
    Then checkout-api is Healthy
    And the Pager doesn't notify any Target

    Examples:
      | first           | second          |
      | an Alert        | a Healthy event |
      | a Healthy event | an Alert        |

  Scenario: An Acknowledgement just before the timeout stops the escalation
    Given checkout-api is Unhealthy
    When these arrive at the same moment for checkout-api:
      | the Acknowledgement         |
      | the Acknowledgement Timeout |
    Then checkout-api is acknowledged
    And the Pager doesn't notify any Target

  Scenario: An Acknowledgement just after the timeout withdraws the pages of the next Level
    Given checkout-api is Unhealthy
    When these arrive at the same moment for checkout-api:
      | the Acknowledgement Timeout |
      | the Acknowledgement         |
    Then checkout-api is acknowledged
    And the page to Edsger is withdrawn

  Scenario: Of two Acknowledgements at the same moment the first one counts
    Given checkout-api is Unhealthy
    When these arrive at the same moment for checkout-api:
      | an Acknowledgement by Grace |
      | an Acknowledgement by Ada   |
    Then checkout-api is acknowledged by Grace

  Scenario: One timeout delivered twice at the same moment escalates once
    Given checkout-api is Unhealthy
    When these arrive at the same moment for checkout-api:
      | the Acknowledgement Timeout |
      | the Acknowledgement Timeout |
    Then these Targets are notified:
      | Target           | Level |
      | Edsger by e-mail | 2     |

  Scenario Outline: Somebody who escalates at the moment of the timeout escalates once
    Given checkout-api is Unhealthy
    When these arrive at the same moment for checkout-api:
      | <first>  |
      | <second> |
    Then these Targets are notified:
      | Target           | Level |
      | Edsger by e-mail | 2     |

    Examples:
      | first                          | second                         |
      | the Acknowledgement Timeout    | the request to escalate by Ada |
      | the request to escalate by Ada | the Acknowledgement Timeout    |
