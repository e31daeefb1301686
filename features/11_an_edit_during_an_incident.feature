Feature: An edit during an incident skips nobody, and notifies nobody twice
  Policies are edited in the middle of the night, while an incident runs. Each step notifies the
  first Level that names somebody who was not notified yet, and of that Level those people. So
  whoever is in the new policy gets their turn, wherever they stand in it, and whoever was
  notified is left in peace: nobody is notified more often than the policy names them. A page says
  the Level on which they stand.

  Background:
    Given the Escalation Policy of checkout-api:
      | Level | Targets         |
      | 1     | Ada by e-mail   |
      | 2     | Grace by e-mail |
    And checkout-api is Unhealthy

  Scenario: The Level that was notified is removed
    When the Escalation Policy of checkout-api becomes:
      | Level | Targets         |
      | 1     | Grace by e-mail |
    And 15 minutes pass
    Then these Targets are notified:
      | Target          | Level |
      | Grace by e-mail | 1     |

  Scenario: The Levels change places
    When the Escalation Policy of checkout-api becomes:
      | Level | Targets         |
      | 1     | Grace by e-mail |
      | 2     | Ada by e-mail   |
    And 24 hours pass
    Then these Targets are notified:
      | Target          | Level |
      | Grace by e-mail | 1     |
    And checkout-api is exhausted

  Scenario Outline: A Level is inserted
    When the Escalation Policy of checkout-api becomes:
      | Level | Targets  |
      | 1     | <first>  |
      | 2     | <second> |
      | 3     | <third>  |
    And 24 hours pass
    Then these Targets are notified:
      | Target           | Level   |
      | Edsger by e-mail | <level> |
      | Grace by e-mail  | 3       |

    Examples:
      | first            | second           | third           | level |
      | Ada by e-mail    | Edsger by e-mail | Grace by e-mail | 2     |
      | Edsger by e-mail | Ada by e-mail    | Grace by e-mail | 1     |

  Scenario: Somebody is added to the Level that was notified
    When the Escalation Policy of checkout-api becomes:
      | Level | Targets                         |
      | 1     | Ada by e-mail, Edsger by e-mail |
      | 2     | Grace by e-mail                 |
    And 24 hours pass
    Then these Targets are notified:
      | Target           | Level |
      | Edsger by e-mail | 1     |
      | Grace by e-mail  | 2     |

  Scenario: Somebody is moved to the Level that was notified
    When the Escalation Policy of checkout-api becomes:
      | Level | Targets                        |
      | 1     | Ada by e-mail, Grace by e-mail |
      | 2     | Edsger by e-mail               |
    And 24 hours pass
    Then these Targets are notified:
      | Target           | Level |
      | Grace by e-mail  | 1     |
      | Edsger by e-mail | 2     |

  Scenario: Somebody who was notified is moved to a later Level
    When the Escalation Policy of checkout-api becomes:
      | Level | Targets                        |
      | 1     | Edsger by e-mail               |
      | 2     | Grace by e-mail, Ada by e-mail |
    And 24 hours pass
    Then these Targets are notified:
      | Target           | Level |
      | Edsger by e-mail | 1     |
      | Grace by e-mail  | 2     |

  Scenario: Somebody who was notified is taken out and put back
    When the Escalation Policy of checkout-api becomes:
      | Level | Targets         |
      | 1     | Grace by e-mail |
    And 15 minutes pass
    And the Escalation Policy of checkout-api becomes:
      | Level | Targets         |
      | 1     | Grace by e-mail |
      | 2     | Ada by e-mail   |
    And 24 hours pass
    Then these Targets are notified:
      | Target          | Level |
      | Grace by e-mail | 1     |

  Scenario: Somebody gets another address
    When the Escalation Policy of checkout-api becomes:
      | Level | Targets         |
      | 1     | Ada by SMS      |
      | 2     | Grace by e-mail |
    And 15 minutes pass
    Then these Targets are notified:
      | Target     | Level |
      | Ada by SMS | 1     |

  Scenario: A delay is edited while it runs
    When the Escalation Policy of checkout-api becomes:
      | Level | Targets         | Acknowledgement Delay |
      | 1     | Ada by e-mail   | 1 minute              |
      | 2     | Grace by e-mail | 5 minutes             |
    And 15 minutes pass
    Then these Targets are notified:
      | Target          | Level |
      | Grace by e-mail | 2     |
    And the Acknowledgement Timeout of checkout-api is due in 5 minutes

  Scenario: A delay that runs is not cut short by an edit
    When the Escalation Policy of checkout-api becomes:
      | Level | Targets         | Acknowledgement Delay |
      | 1     | Ada by e-mail   | 1 minute              |
      | 2     | Grace by e-mail | 5 minutes             |
    And 14 minutes pass
    Then the Pager doesn't notify any Target

  Scenario: A Level that is added when all were notified is notified at once
    Given 24 hours pass
    When the Escalation Policy of checkout-api becomes:
      | Level | Targets          |
      | 1     | Ada by e-mail    |
      | 2     | Grace by e-mail  |
      | 3     | Edsger by e-mail |
    Then checkout-api is Unhealthy
    And these Targets are notified:
      | Target           | Level |
      | Edsger by e-mail | 3     |
    And sets a 15-minutes acknowledgement delay

  Scenario: A policy that is deleted and written again goes on with whoever was not notified
    When the Escalation Policy of checkout-api is deleted
    And 15 minutes pass
    And the Escalation Policy of checkout-api becomes:
      | Level | Targets         |
      | 1     | Ada by e-mail   |
      | 2     | Grace by e-mail |
    Then these Targets are notified:
      | Target          | Level |
      | Grace by e-mail | 2     |

  Scenario: The fallback policy goes on with whoever was not notified, once it is there
    When the Escalation Policy of checkout-api is deleted
    And 15 minutes pass
    And the fallback Escalation Policy becomes:
      | Level | Targets          |
      | 1     | Ada by e-mail    |
      | 2     | Edsger by e-mail |
    Then these Targets are notified:
      | Target           | Level |
      | Edsger by e-mail | 2     |

  Scenario: An edit that adds nobody leaves an exhausted incident silent
    Given 24 hours pass
    When the Escalation Policy of checkout-api becomes:
      | Level | Targets                        |
      | 1     | Grace by e-mail, Ada by e-mail |
    And 24 hours pass
    Then checkout-api is exhausted
    And the Pager doesn't notify any Target

  Scenario: An edit does not notify anybody about an acknowledged incident
    Given the Pager receives the Acknowledgement for checkout-api
    When the Escalation Policy of checkout-api becomes:
      | Level | Targets          |
      | 1     | Edsger by e-mail |
    And 24 hours pass
    Then the Pager doesn't notify any Target
