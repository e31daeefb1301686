Feature: An SMS that is not delivered is noticed
  The SMS gateway takes a page, and the carrier may drop it all the same: the phone is switched
  off, its network is congested, the number is gone. The gateway reports that later. Such a page
  has told nobody, so a Level that reached nobody else escalates at once. The SMS itself is sent
  again, three times at most, since each copy costs money.

  Background:
    Given the Escalation Policy of checkout-api:
      | Level | Targets                      |
      | 1     | Grace by SMS                 |
      | 2     | Edsger by e-mail, Ada by SMS  |
      | 3     | Barbara by SMS               |

  Scenario: The next Level is notified at once when the only SMS is not delivered
    Given checkout-api raises the Alert "p99 latency above 3 s"
    When the carrier does not deliver the SMS to Grace
    Then these Targets are notified:
      | Target           | Level |
      | Edsger by e-mail | 2     |
      | Ada by SMS       | 2     |

  Scenario: The SMS is sent again
    Given checkout-api raises the Alert "p99 latency above 3 s"
    And the carrier does not deliver the SMS to Grace
    When 1 minute passes
    Then these Targets are notified:
      | Target       | Level |
      | Grace by SMS | 1     |

  Scenario: The SMS is given up after three copies
    Given checkout-api raises the Alert "p99 latency above 3 s"
    And the carrier does not deliver the SMS to Grace
    And 1 minute passes
    And the carrier does not deliver the SMS to Grace
    And 5 minutes pass
    When the carrier does not deliver the SMS to Grace
    And 1 minute passes
    Then the Pager doesn't notify any Target
    And the page to Grace is refused

  Scenario: A number that does not exist is given up at once
    Given checkout-api raises the Alert "p99 latency above 3 s"
    And the carrier finds nobody to deliver the SMS to Grace
    When 1 minute passes
    Then the Pager doesn't notify any Target
    And the page to Grace is still refused

  Scenario: An SMS that is delivered keeps its time to acknowledge
    Given checkout-api raises the Alert "p99 latency above 3 s"
    When the carrier delivers the SMS to Grace
    And 14 minutes pass
    Then the Pager doesn't notify any Target
    And the page to Grace is still sent

  Scenario: A Level of which somebody else was told keeps its time to acknowledge
    Given checkout-api raises the Alert "p99 latency above 3 s"
    And 15 minutes pass
    When the carrier finds nobody to deliver the SMS to Ada
    And 14 minutes pass
    Then the Pager doesn't notify any Target

  Scenario Outline: A report that comes after the answer changes nothing
    Given checkout-api raises the Alert "p99 latency above 3 s"
    And the Pager receives <answer> for checkout-api
    When the carrier does not deliver the SMS to Grace
    And 24 hours pass
    Then the Pager doesn't notify any Target
    And the page to Grace is still sent

    Examples:
      | answer              |
      | the Acknowledgement |
      | a Healthy event     |

  Scenario: A report on an earlier incident does not escalate the one that runs
    Given checkout-api raises the Alert "p99 latency above 3 s"
    And the Pager receives a Healthy event for checkout-api
    And the SMS gateway is down
    And checkout-api raises the Alert "down once more"
    When the carrier does not deliver the SMS to Grace
    And 14 minutes pass
    Then the Pager doesn't notify any Target

  Scenario: A report that comes after the escalation escalates no further
    Given checkout-api raises the Alert "p99 latency above 3 s"
    And 15 minutes pass
    When the carrier finds nobody to deliver the SMS to Grace
    And 14 minutes pass
    Then the Pager doesn't notify any Target

  Scenario: A report that comes twice counts once
    Given checkout-api raises the Alert "p99 latency above 3 s"
    When the carrier does not deliver the SMS to Grace
    And the carrier does not deliver the SMS to Grace
    And 10 minutes pass
    Then these Targets are notified:
      | Target           | Level |
      | Edsger by e-mail | 2     |
      | Ada by SMS       | 2     |
      | Grace by SMS     | 1     |

  Scenario: What is delivered after all is not sent again
    Given checkout-api raises the Alert "p99 latency above 3 s"
    And the carrier does not deliver the SMS to Grace
    When the carrier delivers the SMS to Grace
    And 10 minutes pass
    Then the Pager doesn't notify any Target
    And the page to Grace is sent

  Scenario: What was delivered was delivered, whatever is reported later
    Given checkout-api raises the Alert "p99 latency above 3 s"
    And the carrier delivers the SMS to Grace
    When the carrier does not deliver the SMS to Grace
    And 14 minutes pass
    Then the Pager doesn't notify any Target
    And the page to Grace is still sent

  Scenario: A gateway that loses its answer is not asked again when the SMS is delivered
    Given the SMS gateway loses its answers
    And checkout-api raises the Alert "p99 latency above 3 s"
    When the carrier delivers the SMS to Grace
    And the SMS gateway is up again
    And 10 minutes pass
    Then the Pager doesn't notify any Target
    And the page to Grace is sent
