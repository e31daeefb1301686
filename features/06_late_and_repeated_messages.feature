Feature: Late and repeated messages do no harm
  Networks deliver late, twice and out of order. Every Acknowledgement and every timeout names
  the incident that it is about, and a timeout its Level as well, so the Pager can tell what is
  current from what is over.

  Background:
    Given the Escalation Policy of checkout-api:
      | Level | Targets          |
      | 1     | Ada by e-mail    |
      | 2     | Edsger by e-mail |
      | 3     | Barbara by SMS   |

  Scenario: A late timeout of an earlier incident changes nothing
    Given checkout-api is Unhealthy
    And the Pager receives a Healthy event for checkout-api
    And checkout-api raises the Alert "down once more"
    When the Pager receives the Acknowledgement Timeout of incident 1, step 1 for checkout-api
    Then the Pager doesn't notify any Target
    And doesn't set an acknowledgement delay

  Scenario: A timeout delivered twice escalates once
    Given checkout-api is Unhealthy
    When the Pager receives the Acknowledgement Timeout of incident 1, step 1 for checkout-api
    And later receives the Acknowledgement Timeout of incident 1, step 1
    Then these Targets are notified:
      | Target           | Level |
      | Edsger by e-mail | 2     |

  Scenario: A timeout of a Level that was not notified yet changes nothing
    Given checkout-api is Unhealthy
    When the Pager receives the Acknowledgement Timeout of incident 1, step 2 for checkout-api
    Then the Pager doesn't notify any Target

  Scenario: An old Acknowledgement does not silence a new incident
    Given checkout-api is Unhealthy
    And the Pager receives a Healthy event for checkout-api
    And checkout-api raises the Alert "down once more"
    When the Pager receives the Acknowledgement of incident 1 for checkout-api
    And 15 minutes pass
    Then these Targets are notified:
      | Target           | Incident | Level |
      | Edsger by e-mail | 2        | 2     |

  Scenario: A Healthy event of an earlier incident does not close a new one
    Given checkout-api is Unhealthy
    And the Pager receives a Healthy event for checkout-api
    And checkout-api raises the Alert "down once more"
    When the Pager receives a Healthy event of incident 1 for checkout-api
    Then checkout-api is Unhealthy
    And the Pager doesn't notify any Target
