Feature: An Alert in a maintenance window notifies nobody before the window ends
  People who will work on a service say so beforehand: a maintenance window is a time in which the
  service may fail. An Alert in the window is recorded, so the service becomes Unhealthy, but nobody is
  notified. If the service is Healthy again before the window ends, nobody is ever notified. If it is
  still Unhealthy then, the incident escalates from the first Level on, as if the Alert had come at
  that moment.
  An incident that began before the window goes on as it was.

  Background:
    Given the Escalation Policy of checkout-api:
      | Level | Targets          | Acknowledgement Delay |
      | 1     | Ada by e-mail    | 15 minutes            |
      | 2     | Edsger by e-mail | 5 minutes             |

  Rule: An incident that is still open when the window ends is escalated then

    Scenario: An Alert in a window is recorded, and notifies nobody
      Given checkout-api goes into maintenance for 2 hours
      When checkout-api raises the Alert "the database is away"
      Then checkout-api is Unhealthy
      And the Pager doesn't notify any Target
      And the Acknowledgement Timeout of checkout-api is due in 2 hours

    Scenario: The first Level is notified when the window ends
      Given checkout-api goes into maintenance for 2 hours
      And checkout-api raises the Alert "the database is away"
      When 2 hours pass
      Then these Targets are notified:
        | Target        | Incident | Level | Message              |
        | Ada by e-mail | 1        | 1     | the database is away |
      And the Acknowledgement Timeout of checkout-api is due in 15 minutes

    Scenario: The escalation goes on from there, Level after Level
      Given checkout-api goes into maintenance for 2 hours
      And checkout-api is Unhealthy
      When 3 hours pass
      Then checkout-api is exhausted
      And these Targets are notified:
        | Target           | Level |
        | Ada by e-mail    | 1     |
        | Edsger by e-mail | 2     |

    Scenario: The page at the end says what later Alerts said in the window
      Given checkout-api goes into maintenance for 2 hours
      And checkout-api raises the Alert "the database is away"
      And checkout-api raises the Alert "the queue is full"
      When 2 hours pass
      Then these Targets are notified:
        | Target        | Message              | Later Alerts      |
        | Ada by e-mail | the database is away | the queue is full |

    Scenario: Two Alerts at the same moment in a window are one incident, and page once at its end
      Given checkout-api goes into maintenance for 2 hours
      When these arrive at the same moment for checkout-api:
        | the Alert "the database is away" |
        | the Alert "the queue is full"    |
      And 2 hours pass
      Then these Targets are notified:
        | Target        | Incident | Level |
        | Ada by e-mail | 1        | 1     |

    Scenario: Only the service that is in maintenance is quiet
      Given the Escalation Policy of search-api:
        | Level | Targets      |
        | 1     | Grace by SMS |
      And checkout-api goes into maintenance for 2 hours
      When checkout-api raises the Alert "the database is away"
      And search-api raises the Alert "no results at all"
      Then these Targets are notified:
        | Target       | Service    |
        | Grace by SMS | search-api |

  Rule: An incident that is over, or acknowledged, before the window ends notifies nobody

    Scenario: A service that is Healthy again before the end notifies nobody
      Given checkout-api goes into maintenance for 2 hours
      When checkout-api raises the Alert "the database is away"
      And the Pager receives a Healthy event for checkout-api
      And 24 hours pass
      Then checkout-api is Healthy
      And the Pager doesn't notify any Target

    Scenario: The next incident of the same window waits for its end as well
      Given checkout-api goes into maintenance for 2 hours
      And checkout-api raises the Alert "the database is away"
      And the Pager receives a Healthy event for checkout-api
      When checkout-api raises the Alert "the queue is full"
      And 2 hours pass
      Then these Targets are notified:
        | Target        | Incident | Message           |
        | Ada by e-mail | 2        | the queue is full |

    Scenario: After an Acknowledgement in the window nobody is notified at its end
      Given checkout-api goes into maintenance for 2 hours
      When checkout-api raises the Alert "the database is away"
      And the Pager receives the Acknowledgement by Grace for checkout-api
      And 24 hours pass
      Then checkout-api is acknowledged by Grace
      And the Pager doesn't notify any Target

  Rule: Only an Alert between the beginning and the end of a window waits

    Scenario: An Alert before a planned window notifies at once
      Given checkout-api goes into maintenance in 1 hour for 2 hours
      When 59 minutes pass
      And checkout-api raises the Alert "the database is away"
      Then these Targets are notified:
        | Target        | Level |
        | Ada by e-mail | 1     |

    Scenario: An Alert in a window that was planned waits for its end
      Given checkout-api goes into maintenance in 1 hour for 2 hours
      When 1 hour passes
      And checkout-api raises the Alert "the database is away"
      Then the Pager doesn't notify any Target
      And the Acknowledgement Timeout of checkout-api is due in 2 hours

    Scenario: An Alert at the end of a window notifies at once
      Given checkout-api goes into maintenance for 2 hours
      When 2 hours pass
      And checkout-api raises the Alert "the database is away"
      Then these Targets are notified:
        | Target        | Level |
        | Ada by e-mail | 1     |

    Scenario: An incident that began before the window goes on in it
      Given checkout-api is Unhealthy
      When checkout-api goes into maintenance for 2 hours
      And 15 minutes pass
      Then these Targets are notified:
        | Target           | Level |
        | Edsger by e-mail | 2     |

    Scenario: An incident that escalated after one window goes on in the next
      Given checkout-api goes into maintenance for 2 hours
      And checkout-api is Unhealthy
      And 2 hours pass
      When checkout-api goes into maintenance for 2 hours
      And 15 minutes pass
      Then these Targets are notified:
        | Target           | Level |
        | Edsger by e-mail | 2     |

  Rule: A window can be changed while an incident waits for its end

    Scenario: If the window is prolonged, the incident waits for the new end
      Given checkout-api goes into maintenance for 2 hours
      And checkout-api is Unhealthy
      When the maintenance of checkout-api is prolonged by 1 hour
      And 2 hours pass
      Then the Pager doesn't notify any Target
      And the Acknowledgement Timeout of checkout-api is due in 1 hour

    Scenario: At the new end the first Level is notified
      Given checkout-api goes into maintenance for 2 hours
      And checkout-api is Unhealthy
      When the maintenance of checkout-api is prolonged by 1 hour
      And 3 hours pass
      Then these Targets are notified:
        | Target        | Level |
        | Ada by e-mail | 1     |

    Scenario: If the window is ended early, the first Level is notified at once
      Given checkout-api goes into maintenance for 2 hours
      And checkout-api is Unhealthy
      When the maintenance of checkout-api is ended early
      Then these Targets are notified:
        | Target        | Level |
        | Ada by e-mail | 1     |
      And the Acknowledgement Timeout of checkout-api is due in 15 minutes

    Scenario: After a window was ended early, an Alert notifies at once
      Given checkout-api goes into maintenance for 2 hours
      When the maintenance of checkout-api is ended early
      And checkout-api raises the Alert "the database is away"
      Then these Targets are notified:
        | Target        | Level |
        | Ada by e-mail | 1     |

    Scenario: A planned window that is cancelled never begins
      Given checkout-api goes into maintenance in 1 hour for 2 hours
      When the maintenance of checkout-api is cancelled
      And 1 hour passes
      And checkout-api raises the Alert "the database is away"
      Then these Targets are notified:
        | Target        | Level |
        | Ada by e-mail | 1     |

    Scenario Outline: If there are two windows, the incident waits for the later end
      Given checkout-api goes into maintenance for 2 hours
      And checkout-api goes into maintenance in <start> for 2 hours
      And checkout-api raises the Alert "the database is away"
      When <wait> pass
      Then the Pager doesn't notify any Target
      And the Acknowledgement Timeout of checkout-api is due in 1 hour

      Examples:
        | start   | wait    |
        | 1 hour  | 2 hours |
        | 2 hours | 3 hours |

    Scenario: If a second window begins when the first one ends, the incident waits for the end of the second
      Given checkout-api goes into maintenance for 2 hours
      And checkout-api goes into maintenance in 2 hours for 1 hour
      And checkout-api raises the Alert "the database is away"
      When 3 hours pass
      Then these Targets are notified:
        | Target        | Level |
        | Ada by e-mail | 1     |

  Rule: People can notify the first Level by hand before the window ends

    Scenario: Escalating by hand notifies the first Level at once
      Given checkout-api goes into maintenance for 2 hours
      And checkout-api is Unhealthy
      When Grace escalates the incident of checkout-api
      Then these Targets are notified:
        | Target        | Level | Escalated by |
        | Ada by e-mail | 1     | Grace        |
      And sets a 15-minutes acknowledgement delay

    Scenario: From then on the incident escalates as any other does
      Given checkout-api goes into maintenance for 2 hours
      And checkout-api is Unhealthy
      When Grace escalates the incident of checkout-api
      And 24 hours pass
      Then checkout-api is exhausted
      And these Targets are notified:
        | Target           | Level |
        | Ada by e-mail    | 1     |
        | Edsger by e-mail | 2     |

    Scenario: Two people who escalate at the same moment notify the first Level once
      Given checkout-api goes into maintenance for 2 hours
      And checkout-api is Unhealthy
      When these arrive at the same moment for checkout-api:
        | the request to escalate by Ada   |
        | the request to escalate by Grace |
      Then these Targets are notified:
        | Target        | Level | Escalated by |
        | Ada by e-mail | 1     | Ada          |

    Scenario: Paging again after an Acknowledgement in the window notifies the first Level
      Given checkout-api goes into maintenance for 2 hours
      And checkout-api is Unhealthy
      And the Pager receives the Acknowledgement by Grace for checkout-api
      When Grace pages again for checkout-api
      Then these Targets are notified:
        | Target        | Level | Escalated by | Told again by |
        | Ada by e-mail | 1     | Grace        |               |

  Rule: No crash loses an incident that waits for the end of a window

    Scenario: A crash right after the Alert was recorded loses nothing
      Given checkout-api goes into maintenance for 2 hours
      And the Pager will crash right after its next decision
      When checkout-api raises the Alert "the database is away"
      And the Pager restarts
      And 2 hours pass
      Then these Targets are notified:
        | Target        | Incident | Level |
        | Ada by e-mail | 1        | 1     |

    Scenario Outline: After a crash at the end of the window, the first Level is notified once the Pager runs again
      Given checkout-api goes into maintenance for 2 hours
      And checkout-api raises the Alert "the database is away"
      And the Pager will crash right <when> its next decision
      When 2 hours pass
      And the Pager restarts
      And 5 minutes pass
      Then these Targets are notified:
        | Target        | Incident | Level |
        | Ada by e-mail | 1        | 1     |

      Examples:
        | when   |
        | before |
        | after  |

  Rule: The policy that counts is the one at the end of the window

    Scenario: An edit of the policy in the window counts
      Given checkout-api goes into maintenance for 2 hours
      And checkout-api is Unhealthy
      When the Escalation Policy of checkout-api becomes:
        | Level | Targets      |
        | 1     | Grace by SMS |
      And 2 hours pass
      Then these Targets are notified:
        | Target       | Level |
        | Grace by SMS | 1     |

    Scenario: An Alert of a service without a policy is refused in a window, too
      Given search-api goes into maintenance for 2 hours
      When search-api raises the Alert "no results at all"
      Then the Pager refused an Alert of search-api, which had no Escalation Policy

    Scenario: If there is no policy at the end, the incident waits until there is one again
      Given checkout-api goes into maintenance for 2 hours
      And checkout-api is Unhealthy
      When the Escalation Policy of checkout-api is deleted
      And 2 hours pass
      And the Escalation Policy of checkout-api becomes:
        | Level | Targets      |
        | 1     | Grace by SMS |
      Then these Targets are notified:
        | Target       | Level |
        | Grace by SMS | 1     |
