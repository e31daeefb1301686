Feature: The Escalation Policy says who is notified, and may change meanwhile
  The Pager reads the policy again at each step, so an edit during an incident counts from the
  next step on. When the edit leaves no Level to go on with, the incident is exhausted. An Alert
  of a service without a policy is refused, so that its sender knows that nobody was notified;
  unless there is a fallback policy, which is used for each service that has none of its own.

  Background:
    Given the Escalation Policy of checkout-api:
      | Level | Targets          |
      | 1     | Ada by e-mail    |
      | 2     | Edsger by e-mail |
      | 3     | Barbara by SMS   |

  Scenario: A Target that is added to the next Level is notified
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

  Scenario: A Target that is added to a Level after it was notified waits for the next step
    Given checkout-api is Unhealthy
    When the Escalation Policy of checkout-api becomes:
      | Level | Targets                     |
      | 1     | Ada by e-mail, Grace by SMS |
      | 2     | Edsger by e-mail            |
    And 14 minutes pass
    Then the Pager doesn't notify any Target

  Scenario: When a Level is removed, the one after it is notified instead
    Given checkout-api is Unhealthy
    When the Escalation Policy of checkout-api becomes:
      | Level | Targets        |
      | 1     | Ada by e-mail  |
      | 2     | Barbara by SMS |
    And 15 minutes pass
    Then these Targets are notified:
      | Target         | Level |
      | Barbara by SMS | 2     |

  Scenario: A policy that becomes too short exhausts the incident
    Given checkout-api is Unhealthy
    And 15 minutes pass
    When the Escalation Policy of checkout-api becomes:
      | Level | Targets       |
      | 1     | Ada by e-mail |
    And 15 minutes pass
    Then checkout-api is exhausted
    And the Pager doesn't notify any Target

  Scenario: A policy that is deleted exhausts the incident
    Given checkout-api is Unhealthy
    When the Escalation Policy of checkout-api is deleted
    And 15 minutes pass
    Then checkout-api is exhausted
    And the Pager doesn't notify any Target

  Scenario: An Alert of a service without a policy is refused
    Given billing-api has no Escalation Policy
    When billing-api raises the Alert "invoices are late"
    Then the Pager refused an Alert of billing-api, which had no Escalation Policy
    And billing-api is Healthy

  Scenario: The fallback policy is used for a service without a policy of its own
    Given the fallback Escalation Policy:
      | Level | Targets        |
      | 1     | Grace by SMS   |
      | 2     | Barbara by SMS |
    When billing-api raises the Alert "invoices are late"
    And 15 minutes pass
    Then these Targets are notified:
      | Target         | Service     | Level |
      | Grace by SMS   | billing-api | 1     |
      | Barbara by SMS | billing-api | 2     |

  Scenario: The fallback policy is not used for a service with a policy of its own
    Given the fallback Escalation Policy:
      | Level | Targets      |
      | 1     | Grace by SMS |
    When checkout-api raises the Alert "p99 latency above 3 s"
    Then these Targets are notified:
      | Target        |
      | Ada by e-mail |

  Scenario: A service that is given a policy after a refused Alert pages on the next one
    Given billing-api has no Escalation Policy
    When billing-api raises the Alert "invoices are late"
    And the Escalation Policy of billing-api becomes:
      | Level | Targets           |
      | 1     | Barbara by e-mail |
    And billing-api raises the Alert "invoices are late"
    Then the Pager refused an Alert of billing-api, which had no Escalation Policy
    And these Targets are notified:
      | Target            | Incident |
      | Barbara by e-mail | 1        |

  Scenario Outline: A Level that notifies nobody, or somebody twice, is refused
    When the Escalation Policy of checkout-api becomes:
      | Level | Targets   |
      | 1     | <targets> |
    And checkout-api raises the Alert "p99 latency above 3 s"
    Then the Escalation Policy is refused: "<reason>"
    And these Targets are notified:
      | Target        |
      | Ada by e-mail |

    Examples:
      | targets                          | reason                                                  |
      |                                  | There must be at least 1.                               |
      | Grace by e-mail, Grace by e-mail | grace@example.com is on this Level twice: name it once. |

  Scenario: An Escalation Policy without a Level is refused
    When the Escalation Policy of checkout-api becomes:
      | Level | Targets |
    And checkout-api raises the Alert "p99 latency above 3 s"
    Then the Escalation Policy is refused: "There must be at least 1."
    And these Targets are notified:
      | Target        |
      | Ada by e-mail |
