Feature: A step that reaches nobody escalates at once
  An address or a number may not exist (any more), and its provider then refuses the page for
  good. When each Target of a Level is refused, nobody can acknowledge, so there is nothing to
  wait for: the next Level is notified at once. As long as one Target was told, or still may
  be, the Level has its time.

  Background:
    Given the Escalation Policy of checkout-api:
      | Level | Targets                     |
      | 1     | Ada by e-mail, Grace by SMS |
      | 2     | Edsger by e-mail            |
      | 3     | Barbara by SMS              |

  Scenario: The next Level is notified at once when all Targets are refused
    Given the mail server refuses Ada
    And the SMS gateway refuses Grace
    When checkout-api raises the Alert "p99 latency above 3 s"
    Then these Targets are notified:
      | Target           | Level |
      | Edsger by e-mail | 2     |

  Scenario: The Level after that has its own time to acknowledge
    Given the mail server refuses Ada
    And the SMS gateway refuses Grace
    When checkout-api raises the Alert "p99 latency above 3 s"
    And 15 minutes pass
    Then these Targets are notified:
      | Target           | Level |
      | Edsger by e-mail | 2     |
      | Barbara by SMS   | 3     |

  Scenario: A Target that was reached keeps its time to acknowledge
    Given the mail server refuses Ada
    When checkout-api raises the Alert "p99 latency above 3 s"
    And 14 minutes pass
    Then these Targets are notified:
      | Target       | Level |
      | Grace by SMS | 1     |

  Scenario: A Target that may still be reached keeps its time to acknowledge
    Given the mail server refuses Ada
    And the SMS gateway is down
    When checkout-api raises the Alert "p99 latency above 3 s"
    And 14 minutes pass
    Then the Pager doesn't notify any Target
    And the page to Grace is waiting

  Scenario: The last Target to be refused is the one that escalates
    Given the mail server refuses Ada
    And the SMS gateway refuses Grace
    And the SMS gateway is down
    And checkout-api raises the Alert "p99 latency above 3 s"
    When the SMS gateway is up again
    And 5 minutes pass
    Then these Targets are notified:
      | Target           | Level |
      | Edsger by e-mail | 2     |

  Scenario: Several Levels in a row that reach nobody are passed at once
    Given the mail server refuses Ada
    And the mail server refuses Edsger
    And the SMS gateway refuses Grace
    When checkout-api raises the Alert "p99 latency above 3 s"
    Then these Targets are notified:
      | Target         | Level |
      | Barbara by SMS | 3     |

  Scenario: An incident whose Levels all reach nobody is exhausted at once
    Given the mail server refuses Ada
    And the mail server refuses Edsger
    And the SMS gateway refuses Grace
    And the SMS gateway refuses Barbara
    When checkout-api raises the Alert "p99 latency above 3 s"
    Then checkout-api is exhausted
    And the Pager doesn't notify any Target

  Scenario Outline: Nobody else is notified when the last refusal comes after the answer
    Given the mail server refuses Ada
    And the SMS gateway refuses Grace
    And the SMS gateway is down
    And checkout-api raises the Alert "p99 latency above 3 s"
    When the Pager receives <answer> for checkout-api
    And the SMS gateway is up again
    And 24 hours pass
    Then the Pager doesn't notify any Target
    And the page to Grace is withdrawn

    Examples:
      | answer              |
      | the Acknowledgement |
      | a Healthy event     |

  Scenario: A Level that reached nobody in the last incident is tried again in the next one
    Given the mail server refuses Ada
    And the SMS gateway refuses Grace
    And checkout-api raises the Alert "p99 latency above 3 s"
    When the Pager receives a Healthy event for checkout-api
    And checkout-api raises the Alert "down once more"
    Then these Targets are notified:
      | Target           | Incident | Level |
      | Edsger by e-mail | 2        | 2     |

  Scenario: A crash right after the last refusal loses nothing
    Given the mail server refuses Ada
    And the SMS gateway refuses Grace
    And the SMS gateway is down
    And checkout-api raises the Alert "p99 latency above 3 s"
    And the Pager will crash right before its next decision
    When the SMS gateway is up again
    And 5 minutes pass
    And the Pager restarts
    Then these Targets are notified:
      | Target           | Level |
      | Edsger by e-mail | 2     |
