Feature: An Alert in a maintenance window notifies nobody before the window ends
  Whoever works on a service says so beforehand: a maintenance window is a time in which the service
  may fail. An Alert in it is recorded, so the service becomes Unhealthy, but nobody is notified.
  What is over by the end of the window was the work itself, and nobody hears of it. What is still
  open then is real: it is escalated from the first Level on, as if the Alert had come at that moment.
  An incident that began before the window goes on as it was.

  Background:
    Given the Escalation Policy of checkout-api:
      | Level | Targets          | Acknowledgement Delay |
      | 1     | Ada by e-mail    | 15 minutes            |
      | 2     | Edsger by e-mail | 5 minutes             |

  Rule: What is still open when the window ends is escalated then

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

    Scenario: What later Alerts said in the window is told at its end
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

  Rule: What is over by the end of the window notifies nobody

    Scenario: A service that is Healthy again by then notifies nobody
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

    Scenario: Whoever acknowledges in the window has it, and nobody is notified at the end
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

  Rule: A window may be changed while an incident waits for its end

    Scenario: Where it is prolonged, the incident waits for the new end
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

    Scenario: Where it is ended early, the first Level is notified at once
      Given checkout-api goes into maintenance for 2 hours
      And checkout-api is Unhealthy
      When the maintenance of checkout-api is ended early
      Then these Targets are notified:
        | Target        | Level |
        | Ada by e-mail | 1     |
      And the Acknowledgement Timeout of checkout-api is due in 15 minutes

    Scenario: A window that is ended early holds back no later Alert
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

    Scenario Outline: Of two windows the one that ends last counts
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

    Scenario: An incident waits for the next window where that begins as the first one ends
      Given checkout-api goes into maintenance for 2 hours
      And checkout-api goes into maintenance in 2 hours for 1 hour
      And checkout-api raises the Alert "the database is away"
      When 3 hours pass
      Then these Targets are notified:
        | Target        | Level |
        | Ada by e-mail | 1     |

  Rule: People may notify somebody although the window has not ended

    Scenario: Somebody who escalates by hand notifies the first Level at once
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

    Scenario: A doubled press notifies the first Level once
      Given checkout-api goes into maintenance for 2 hours
      And checkout-api is Unhealthy
      When these arrive at the same moment for checkout-api:
        | the request to escalate by Ada   |
        | the request to escalate by Grace |
      Then these Targets are notified:
        | Target        | Level | Escalated by |
        | Ada by e-mail | 1     | Ada          |

    Scenario: Whoever has acknowledged in the window and gives it back lets the first Level be told
      Given checkout-api goes into maintenance for 2 hours
      And checkout-api is Unhealthy
      And the Pager receives the Acknowledgement by Grace for checkout-api
      When Grace pages again for checkout-api
      Then these Targets are notified:
        | Target        | Level | Escalated by | Told again by |
        | Ada by e-mail | 1     | Grace        |               |

  Rule: No crash loses what waits for the end of a window

    Scenario: A crash right after the Alert was recorded loses nothing
      Given checkout-api goes into maintenance for 2 hours
      And the Pager will crash right after its next decision
      When checkout-api raises the Alert "the database is away"
      And the Pager restarts
      And 2 hours pass
      Then these Targets are notified:
        | Target        | Incident | Level |
        | Ada by e-mail | 1        | 1     |

    Scenario Outline: A crash at the end of the window notifies once the Pager is there again
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

    Scenario: An edit in the window counts
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

    Scenario: Where there is no policy at the end, nobody can be told, until there is one again
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
