Feature: The Escalation Policy says who is notified, and may change meanwhile
  The policy is read anew at each step, so that an edit made during an incident counts from the
  next step on. What the edit leaves no Level for is exhausted. A service without a policy
  cannot page anybody, and says so at once rather than swallow the Alert.

  Background:
    Given the Escalation Policy of checkout-api:
      | Level | Targets          |
      | 1     | Ada by e-mail    |
      | 2     | Edsger by e-mail |
      | 3     | Barbara by SMS   |

  Scenario: A Target is added to the next Level
    Given checkout-api is Unhealthy
    When the Escalation Policy of checkout-api becomes:
      | Level | Targets                        |
      | 1     | Ada by e-mail                  |
      | 2     | Edsger by e-mail, Grace by SMS |
    And 15 minutes pass
    Then these Targets are notified:
      | Target           | Level |
      | Edsger by e-mail | 2     |
      | Grace by SMS     | 2     |

  Scenario: A Target added to the Level that was notified already waits for the next step
    Given checkout-api is Unhealthy
    When the Escalation Policy of checkout-api becomes:
      | Level | Targets                     |
      | 1     | Ada by e-mail, Grace by SMS |
      | 2     | Edsger by e-mail            |
    And 14 minutes pass
    Then the Pager doesn't notify any Target

  Scenario: A Level is removed
    Given checkout-api is Unhealthy
    When the Escalation Policy of checkout-api becomes:
      | Level | Targets        |
      | 1     | Ada by e-mail  |
      | 2     | Barbara by SMS |
    And 15 minutes pass
    Then these Targets are notified:
      | Target         | Level |
      | Barbara by SMS | 2     |

  Scenario: The policy has become shorter than the current Level
    Given checkout-api is Unhealthy
    And 15 minutes pass
    When the Escalation Policy of checkout-api becomes:
      | Level | Targets       |
      | 1     | Ada by e-mail |
    And 15 minutes pass
    Then checkout-api is exhausted
    And the Pager doesn't notify any Target

  Scenario: The policy is deleted during an incident
    Given checkout-api is Unhealthy
    When the Escalation Policy of checkout-api is deleted
    And 15 minutes pass
    Then checkout-api is exhausted
    And the Pager doesn't notify any Target

  Scenario: An Alert of a service without a policy is refused
    Given the Escalation Policy of checkout-api is deleted
    When checkout-api raises the Alert "p99 latency above 3 s"
    Then the Pager answers that checkout-api has no Escalation Policy
    And checkout-api is Healthy

  Scenario: A service that is given a policy after a refused Alert pages on the next one
    Given billing-api is Healthy
    When billing-api raises the Alert "invoices are late"
    And the Escalation Policy of billing-api becomes:
      | Level | Targets           |
      | 1     | Barbara by e-mail |
    And billing-api raises the Alert "invoices are late"
    Then the Pager answers that billing-api has no Escalation Policy
    And these Targets are notified:
      | Target            | Incident |
      | Barbara by e-mail | 1        |
