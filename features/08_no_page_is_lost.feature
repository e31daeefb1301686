Feature: No page is lost when something breaks
  Mail servers go down, and so does the Pager itself. Every decision is saved before anything is
  sent. So a page that could not be sent is tried again, at least every 5 minutes, as long as it
  is still wanted. A page that comes twice is better than a page that is lost, and its reader can
  tell that it is the same one.

  Background:
    Given the Escalation Policy of checkout-api:
      | Level | Targets                     |
      | 1     | Ada by e-mail, Grace by SMS |
      | 2     | Edsger by e-mail            |

  Scenario: A page is sent when the mail server is up again
    Given the mail server is down
    And checkout-api raises the Alert "p99 latency above 3 s"
    When the mail server is up again
    And 5 minutes pass
    Then these Targets are notified:
      | Target        |
      | Ada by e-mail |

  Scenario: A mail server that is down holds up neither the SMS nor the escalation
    Given the mail server is down
    When checkout-api raises the Alert "p99 latency above 3 s"
    Then these Targets are notified:
      | Target       |
      | Grace by SMS |
    And sets a 15-minutes acknowledgement delay

  Scenario: A page that was not sent yet is still sent after the escalation
    Given the mail server is down
    And checkout-api raises the Alert "p99 latency above 3 s"
    And 15 minutes pass
    When the mail server is up again
    And 5 minutes pass
    Then these Targets are notified:
      | Target           | Level |
      | Ada by e-mail    | 1     |
      | Edsger by e-mail | 2     |

  Scenario: Pages not yet sent are withdrawn after an Acknowledgement
    Given the mail server is down
    And checkout-api raises the Alert "p99 latency above 3 s"
    When Grace acknowledges checkout-api
    And the mail server is up again
    And 5 minutes pass
    Then the Pager doesn't notify any Target
    And the page to Ada is withdrawn

  Scenario: Pages not yet sent are withdrawn after a Healthy event
    Given the mail server is down
    And checkout-api raises the Alert "p99 latency above 3 s"
    When the Pager receives a Healthy event for checkout-api
    And the mail server is up again
    And 5 minutes pass
    Then the Pager doesn't notify any Target
    And the page to Ada is withdrawn

  Scenario: A Target that the provider refuses does not hold up the others
    Given the mail server refuses Ada
    When checkout-api raises the Alert "p99 latency above 3 s"
    And 15 minutes pass
    Then these Targets are notified:
      | Target           | Level |
      | Grace by SMS     | 1     |
      | Edsger by e-mail | 2     |
    And the page to Ada is refused

  Scenario: A crash between the decision and the sending loses nothing
    Given the Pager will crash right after its next decision
    When checkout-api raises the Alert "p99 latency above 3 s"
    And the Pager restarts
    Then these Targets are notified:
      | Target        |
      | Ada by e-mail |
      | Grace by SMS  |
    And sets a 15-minutes acknowledgement delay

  Scenario: A crash before the decision leaves everything as it was
    Given the Pager will crash right before its next decision
    When checkout-api raises the Alert "p99 latency above 3 s"
    And the Pager restarts
    Then checkout-api is Healthy
    And the Pager doesn't notify any Target

  Scenario: A crash right after the mail server took the page sends it twice, recognisably
    Given the Pager will crash right after its next e-mail
    When checkout-api raises the Alert "p99 latency above 3 s"
    And the Pager restarts
    Then these Targets are notified:
      | Target        |
      | Ada by e-mail |
      | Ada by e-mail |
      | Grace by SMS  |
    And Ada can tell that the second page is the first one again

  Scenario: A mail server that does not say whether it took the page is asked again
    Given the mail server loses its answers
    And checkout-api raises the Alert "p99 latency above 3 s"
    When the mail server is up again
    And 5 minutes pass
    Then these Targets are notified:
      | Target        |
      | Ada by e-mail |
