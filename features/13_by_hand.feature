Feature: What people do by hand
  Nobody has to wait for a timeout. Whoever sees that the next Level is needed sends the incident
  on, and whoever doubts that a page was heard lets the same Level be told once more. Somebody who
  has acknowledged can do both: hand the incident on, or give it back. A button that is pressed
  twice, or on a page that is out of date, changes nothing.

  Background:
    Given the Escalation Policy of checkout-api:
      | Level | Targets                     | Acknowledgement Delay |
      | 1     | Ada by e-mail, Grace by SMS |                       |
      | 2     | Edsger by e-mail            | 5 minutes             |

  Rule: Somebody may send the incident on to the next Level

    Scenario: The next Level is notified at once
      Given checkout-api is Unhealthy
      When Grace escalates the incident of checkout-api
      Then these Targets are notified:
        | Target           | Level | Escalated by |
        | Edsger by e-mail | 2     | Grace        |
      And sets a 5-minutes acknowledgement delay

    Scenario: The timeout of the Level before changes nothing after that
      Given checkout-api is Unhealthy
      When 13 minutes pass
      And Grace escalates the incident of checkout-api
      And 2 minutes pass
      Then checkout-api is Unhealthy
      And the Acknowledgement Timeout of checkout-api is due in 3 minutes

    Scenario: On the last Level nobody is left, and the incident is exhausted
      Given checkout-api is Unhealthy
      And 15 minutes pass
      When Grace escalates the incident of checkout-api
      Then checkout-api is exhausted
      And the Pager doesn't notify any Target

    Scenario: Whoever has acknowledged hands the incident on
      Given checkout-api is Unhealthy
      And the Pager receives the Acknowledgement by Grace for checkout-api
      When Grace escalates the incident of checkout-api
      And 5 minutes pass
      Then checkout-api is exhausted
      And these Targets are notified:
        | Target           | Level | Escalated by |
        | Edsger by e-mail | 2     | Grace        |

    Scenario: Whoever has acknowledged keeps the incident when no Level is left
      Given checkout-api is Unhealthy
      And 15 minutes pass
      And the Pager receives the Acknowledgement by Edsger for checkout-api
      When Edsger escalates the incident of checkout-api
      And 24 hours pass
      Then checkout-api is acknowledged by Edsger
      And the Pager doesn't notify any Target

    Scenario: An exhausted incident cannot be sent on to anybody
      Given checkout-api is exhausted
      When Grace escalates the incident of checkout-api
      Then checkout-api is exhausted
      And the Pager doesn't notify any Target

  Rule: Somebody may let the last Level be told once more

    Scenario: The Level that was notified last is notified again
      Given checkout-api is Unhealthy
      When 10 minutes pass
      And Grace pages again for checkout-api
      Then these Targets are notified:
        | Target        | Level | Told again by |
        | Ada by e-mail | 1     | Grace         |
        | Grace by SMS  | 1     | Grace         |
      And the Acknowledgement Timeout of checkout-api is due in 15 minutes

    Scenario: Nobody of a later Level is skipped after that
      Given checkout-api is Unhealthy
      And Grace pages again for checkout-api
      When 15 minutes pass
      Then these Targets are notified:
        | Target           | Level | Told again by |
        | Edsger by e-mail | 2     |               |

    Scenario: An exhausted incident is told again to the last Level
      Given checkout-api is exhausted
      When Ada pages again for checkout-api
      Then checkout-api is Unhealthy
      And these Targets are notified:
        | Target           | Level | Told again by |
        | Edsger by e-mail | 2     | Ada           |
      And sets a 5-minutes acknowledgement delay

    Scenario: An incident that is told again and that nobody answers is exhausted again
      Given checkout-api is exhausted
      When Ada pages again for checkout-api
      And 24 hours pass
      Then checkout-api is exhausted
      And these Targets are notified:
        | Target           | Level |
        | Edsger by e-mail | 2     |

    Scenario: The Level that an incident was sent on to is the last one
      Given checkout-api is Unhealthy
      And Grace escalates the incident of checkout-api
      When Grace pages again for checkout-api
      Then these Targets are notified:
        | Target           | Level | Told again by |
        | Edsger by e-mail | 2     | Grace         |

    Scenario: Somebody gives back what they have acknowledged
      Given checkout-api is Unhealthy
      And the Pager receives the Acknowledgement by Grace for checkout-api
      When Grace pages again for checkout-api
      And 15 minutes pass
      Then checkout-api is Unhealthy
      And these Targets are notified:
        | Target           | Level | Told again by |
        | Ada by e-mail    | 1     | Grace         |
        | Grace by SMS     | 1     | Grace         |
        | Edsger by e-mail | 2     |               |

    Scenario: What is told again can be acknowledged again
      Given checkout-api is Unhealthy
      And the Pager receives the Acknowledgement by Grace for checkout-api
      When Grace pages again for checkout-api
      And Ada acknowledges with the link of the page
      And 24 hours pass
      Then checkout-api is acknowledged by Ada
      And these Targets are notified:
        | Target        | Level |
        | Ada by e-mail | 1     |
        | Grace by SMS  | 1     |

  Rule: A press on a page that is out of date changes nothing

    Scenario: A doubled press escalates once
      Given checkout-api is Unhealthy
      When these arrive at the same moment for checkout-api:
        | the request to escalate by Ada   |
        | the request to escalate by Grace |
      Then checkout-api is Unhealthy
      And these Targets are notified:
        | Target           | Level | Escalated by |
        | Edsger by e-mail | 2     | Ada          |

    Scenario: A doubled press pages again once
      Given checkout-api is Unhealthy
      When these arrive at the same moment for checkout-api:
        | the request to page again by Ada |
        | the request to page again by Ada |
      Then these Targets are notified:
        | Target        | Level |
        | Ada by e-mail | 1     |
        | Grace by SMS  | 1     |

    Scenario Outline: An Acknowledgement that nobody has seen is not taken back
      Given checkout-api is Unhealthy
      When these arrive at the same moment for checkout-api:
        | the Acknowledgement by Ada |
        | the <request> by Grace     |
      Then checkout-api is acknowledged by Ada
      And the Pager doesn't notify any Target

      Examples:
        | request               |
        | request to escalate   |
        | request to page again |

    Scenario Outline: A press of an earlier incident changes nothing
      Given checkout-api is Unhealthy
      And the Pager receives a Healthy event for checkout-api
      And checkout-api raises the Alert "down once more"
      When the Pager receives the <request> of incident 1, step 1 by Grace
      Then the Pager doesn't notify any Target
      And doesn't set an acknowledgement delay

      Examples:
        | request               |
        | request to escalate   |
        | request to page again |

  Rule: The policy may have changed meanwhile

    Scenario: An edit removes everybody who was notified, and the next Level is told
      Given checkout-api is Unhealthy
      When the Escalation Policy of checkout-api becomes:
        | Level | Targets        |
        | 1     | Barbara by SMS |
      And Grace pages again for checkout-api
      And 15 minutes pass
      Then checkout-api is exhausted
      And these Targets are notified:
        | Target         | Level | Escalated by |
        | Barbara by SMS | 1     | Grace        |

    Scenario: Whoever was added is not told by it, and not skipped either
      Given checkout-api is Unhealthy
      When the Escalation Policy of checkout-api becomes:
        | Level | Targets                                     |
        | 1     | Ada by e-mail, Grace by SMS, Barbara by SMS |
      And Grace pages again for checkout-api
      And 15 minutes pass
      Then these Targets are notified:
        | Target         | Told again by |
        | Ada by e-mail  | Grace         |
        | Grace by SMS   | Grace         |
        | Barbara by SMS |               |

    Scenario: Without a policy nobody can be told again, and whoever has the incident keeps it
      Given checkout-api is Unhealthy
      And the Pager receives the Acknowledgement by Grace for checkout-api
      When the Escalation Policy of checkout-api is deleted
      And Grace pages again for checkout-api
      Then checkout-api is acknowledged by Grace
      And the Pager doesn't notify any Target
