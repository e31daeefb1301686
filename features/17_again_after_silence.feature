Feature: A policy may begin again, and an Acknowledgement may expire
  Two kinds of silence are worse than a page too many: everybody of the policy was notified and nobody
  answered, or somebody answered and then forgot. So a policy may say that it begins again with its
  first Level, and how often; and that an Acknowledgement is good for a time only, after which the
  same Level is told again. Where it says neither, neither happens.

  Background:
    Given the Escalation Policy of checkout-api:
      | Level | Targets                     | Acknowledgement Delay |
      | 1     | Ada by e-mail, Grace by SMS |                       |
      | 2     | Edsger by e-mail            | 5 minutes             |

  Rule: A policy begins again as often as it says

    Scenario: After its last Level the policy begins again with its first
      Given the Escalation Policy of checkout-api repeats 2 times
      And checkout-api is Unhealthy
      And 15 minutes pass
      When 5 minutes pass
      Then checkout-api is Unhealthy
      And these Targets are notified:
        | Target        | Level | Begun again |
        | Ada by e-mail | 1     | 1           |
        | Grace by SMS  | 1     | 1           |
      And sets a 15-minutes acknowledgement delay

    Scenario: Each Level is told once more, and nobody is left after that
      Given the Escalation Policy of checkout-api repeats 1 time
      When checkout-api raises the Alert "disk full"
      And 24 hours pass
      Then checkout-api is exhausted
      And these Targets are notified:
        | Target           | Level | Begun again |
        | Ada by e-mail    | 1     | 0           |
        | Grace by SMS     | 1     | 0           |
        | Edsger by e-mail | 2     | 0           |
        | Ada by e-mail    | 1     | 1           |
        | Grace by SMS     | 1     | 1           |
        | Edsger by e-mail | 2     | 1           |

    Scenario: An Acknowledgement stops a policy that has begun again
      Given the Escalation Policy of checkout-api repeats 2 times
      And checkout-api is Unhealthy
      And 20 minutes pass
      When Ada acknowledges checkout-api
      And 24 hours pass
      Then checkout-api is acknowledged by Ada
      And the Pager doesn't notify any Target

    Scenario: The next incident has all its repeats
      Given the Escalation Policy of checkout-api repeats 1 time
      And checkout-api raises the Alert "disk full"
      And 24 hours pass
      And the Pager receives a Healthy event for checkout-api
      When checkout-api raises the Alert "down once more"
      And 20 minutes pass
      Then these Targets are notified:
        | Target           | Incident | Level | Begun again |
        | Ada by e-mail    | 2        | 1     | 0           |
        | Grace by SMS     | 2        | 1     | 0           |
        | Edsger by e-mail | 2        | 2     | 0           |
        | Ada by e-mail    | 2        | 1     | 1           |
        | Grace by SMS     | 2        | 1     | 1           |

    Scenario: Whoever does not wait on the last Level lets the policy begin again
      Given the Escalation Policy of checkout-api repeats 1 time
      And checkout-api is Unhealthy
      And 15 minutes pass
      When Edsger escalates the incident of checkout-api
      Then these Targets are notified:
        | Target        | Level | Escalated by | Begun again |
        | Ada by e-mail | 1     | Edsger       | 1           |
        | Grace by SMS  | 1     | Edsger       | 1           |

    Scenario: A last Level that reaches nobody lets the policy begin again at once
      Given the Escalation Policy of checkout-api repeats 1 time
      And the mail server refuses Edsger
      When checkout-api raises the Alert "disk full"
      And 15 minutes pass
      Then these Targets are notified:
        | Target        | Level | Begun again |
        | Ada by e-mail | 1     | 0           |
        | Grace by SMS  | 1     | 0           |
        | Ada by e-mail | 1     | 1           |
        | Grace by SMS  | 1     | 1           |

    Scenario: To page again tells the Level that the policy has come to
      Given the Escalation Policy of checkout-api repeats 1 time
      And checkout-api is Unhealthy
      And 20 minutes pass
      When Grace pages again for checkout-api
      And 15 minutes pass
      Then these Targets are notified:
        | Target           | Level | Told again by |
        | Ada by e-mail    | 1     | Grace         |
        | Grace by SMS     | 1     | Grace         |
        | Edsger by e-mail | 2     |               |

    Scenario: An edit while the policy has begun again skips nobody
      Given the Escalation Policy of checkout-api repeats 1 time
      And checkout-api is Unhealthy
      And 20 minutes pass
      When the Escalation Policy of checkout-api becomes:
        | Level | Targets                                     |
        | 1     | Ada by e-mail, Grace by SMS, Barbara by SMS |
      And 24 hours pass
      Then checkout-api is exhausted
      And these Targets are notified:
        | Target         | Level |
        | Barbara by SMS | 1     |

    Scenario: An exhausted incident goes on when the policy is to repeat once more
      Given checkout-api is exhausted
      When the Escalation Policy of checkout-api repeats 1 time
      And 24 hours pass
      Then checkout-api is exhausted
      And these Targets are notified:
        | Target           | Level | Begun again |
        | Ada by e-mail    | 1     | 1           |
        | Grace by SMS     | 1     | 1           |
        | Edsger by e-mail | 2     | 1           |

    Scenario: A timeout of the time before changes nothing
      Given the Escalation Policy of checkout-api repeats 1 time
      And checkout-api is Unhealthy
      And 20 minutes pass
      When the Pager receives the Acknowledgement Timeout of incident 1, step 1
      Then checkout-api is Unhealthy
      And the Pager doesn't notify any Target

  Rule: An Acknowledgement expires after the time that the policy says

    Scenario: The Level that was told last is told again
      Given the Escalation Policy of checkout-api lets an Acknowledgement expire after 4 hours
      And checkout-api is Unhealthy
      And the Pager receives the Acknowledgement by Grace for checkout-api
      When 4 hours pass
      Then checkout-api is Unhealthy
      And these Targets are notified:
        | Target        | Level | Expired Acknowledgement of |
        | Ada by e-mail | 1     | Grace                      |
        | Grace by SMS  | 1     | Grace                      |
      And sets a 15-minutes acknowledgement delay

    Scenario: Nobody is told before that time
      Given the Escalation Policy of checkout-api lets an Acknowledgement expire after 4 hours
      And checkout-api is Unhealthy
      And the Pager receives the Acknowledgement by Grace for checkout-api
      When 239 minutes pass
      Then checkout-api is acknowledged by Grace
      And the Pager doesn't notify any Target

    Scenario: If nobody answers then either, the next Level is told
      Given the Escalation Policy of checkout-api lets an Acknowledgement expire after 4 hours
      And checkout-api is Unhealthy
      And the Pager receives the Acknowledgement by Grace for checkout-api
      When 4 hours pass
      And 24 hours pass
      Then checkout-api is exhausted
      And these Targets are notified:
        | Target           | Level | Expired Acknowledgement of |
        | Ada by e-mail    | 1     | Grace                      |
        | Grace by SMS     | 1     | Grace                      |
        | Edsger by e-mail | 2     |                            |

    Scenario: Whoever acknowledges again has as much time again
      Given the Escalation Policy of checkout-api lets an Acknowledgement expire after 4 hours
      And checkout-api is Unhealthy
      And the Pager receives the Acknowledgement by Grace for checkout-api
      And 4 hours pass
      When Grace acknowledges checkout-api
      And 3 hours pass
      Then checkout-api is acknowledged by Grace
      And the Pager doesn't notify any Target

    Scenario: A second Acknowledgement does not put it off
      Given the Escalation Policy of checkout-api lets an Acknowledgement expire after 4 hours
      And checkout-api is Unhealthy
      And the Pager receives the Acknowledgement by Grace for checkout-api
      When 3 hours pass
      And Ada acknowledges checkout-api
      And 1 hour passes
      Then these Targets are notified:
        | Target        | Expired Acknowledgement of |
        | Ada by e-mail | Grace                      |
        | Grace by SMS  | Grace                      |

    Scenario: An incident that was closed meanwhile is over
      Given the Escalation Policy of checkout-api lets an Acknowledgement expire after 4 hours
      And checkout-api is Unhealthy
      And the Pager receives the Acknowledgement by Grace for checkout-api
      When the Pager receives a Healthy event for checkout-api
      And 24 hours pass
      Then checkout-api is Healthy
      And the Pager doesn't notify any Target

    Scenario: The expiry of an earlier incident changes nothing
      Given the Escalation Policy of checkout-api lets an Acknowledgement expire after 4 hours
      And checkout-api raises the Alert "disk full"
      And the Pager receives the Acknowledgement by Grace for checkout-api
      And the Pager receives a Healthy event for checkout-api
      And checkout-api raises the Alert "down once more"
      And the Pager receives the Acknowledgement by Ada for checkout-api
      When the Pager receives the expiry of the Acknowledgement of incident 1, step 1
      Then checkout-api is acknowledged by Ada
      And the Pager doesn't notify any Target

    Scenario: What was handed on meanwhile is not told again
      Given the Escalation Policy of checkout-api lets an Acknowledgement expire after 4 hours
      And checkout-api is Unhealthy
      And the Pager receives the Acknowledgement by Grace for checkout-api
      And Grace escalates the incident of checkout-api
      And the Pager receives the Acknowledgement by Edsger for checkout-api
      When the Pager receives the expiry of the Acknowledgement of incident 1, step 1
      Then checkout-api is acknowledged by Edsger
      And the Pager doesn't notify any Target

    Scenario: An expiry that comes twice tells the Level once
      Given the Escalation Policy of checkout-api lets an Acknowledgement expire after 4 hours
      And checkout-api is Unhealthy
      And the Pager receives the Acknowledgement by Grace for checkout-api
      When the Pager receives the expiry of the Acknowledgement
      And the Pager receives the expiry of the Acknowledgement of incident 1, step 1
      Then checkout-api is Unhealthy
      And these Targets are notified:
        | Target        | Level |
        | Ada by e-mail | 1     |
        | Grace by SMS  | 1     |

    Scenario: A Pager that was down when it expired tells the Level when it is back
      Given the Escalation Policy of checkout-api lets an Acknowledgement expire after 4 hours
      And checkout-api is Unhealthy
      And the Pager receives the Acknowledgement by Grace for checkout-api
      When 6 hours pass while the Pager is down
      Then these Targets are notified:
        | Target        | Level | Expired Acknowledgement of |
        | Ada by e-mail | 1     | Grace                      |
        | Grace by SMS  | 1     | Grace                      |

    Scenario: A crash right after the Acknowledgement loses no expiry
      Given the Escalation Policy of checkout-api lets an Acknowledgement expire after 4 hours
      And checkout-api is Unhealthy
      And the Pager will crash right after its next decision
      When Grace acknowledges checkout-api
      And the Pager restarts
      And 5 hours pass
      Then these Targets are notified:
        | Target           | Level | Expired Acknowledgement of |
        | Ada by e-mail    | 1     | Grace                      |
        | Grace by SMS     | 1     | Grace                      |
        | Edsger by e-mail | 2     |                            |

  Rule: The policy may have changed meanwhile

    Scenario: Where the policy no longer says so, an Acknowledgement stays
      Given the Escalation Policy of checkout-api lets an Acknowledgement expire after 4 hours
      And checkout-api is Unhealthy
      And the Pager receives the Acknowledgement by Grace for checkout-api
      When the Escalation Policy of checkout-api becomes:
        | Level | Targets                     |
        | 1     | Ada by e-mail, Grace by SMS |
      And 24 hours pass
      Then checkout-api is acknowledged by Grace
      And the Pager doesn't notify any Target

    Scenario: Of what was acknowledged before the policy said so, nothing expires
      Given checkout-api is Unhealthy
      And the Pager receives the Acknowledgement by Grace for checkout-api
      When the Escalation Policy of checkout-api lets an Acknowledgement expire after 4 hours
      And 24 hours pass
      Then checkout-api is acknowledged by Grace
      And the Pager doesn't notify any Target

    Scenario: An edit removes everybody who was notified, and whoever is in it now is told when it expires
      Given the Escalation Policy of checkout-api lets an Acknowledgement expire after 4 hours
      And checkout-api is Unhealthy
      And the Pager receives the Acknowledgement by Grace for checkout-api
      When the Escalation Policy of checkout-api becomes:
        | Level | Targets        |
        | 1     | Barbara by SMS |
      And the Escalation Policy of checkout-api lets an Acknowledgement expire after 2 hours
      And 4 hours pass
      Then these Targets are notified:
        | Target         | Expired Acknowledgement of |
        | Barbara by SMS | Grace                      |

    Scenario: In a maintenance that nobody was told of, the incident waits for its end again
      Given the Escalation Policy of checkout-api lets an Acknowledgement expire after 4 hours
      And checkout-api goes into maintenance for 6 hours
      And checkout-api is Unhealthy
      And the Pager receives the Acknowledgement by Grace for checkout-api
      When 5 hours pass
      And 1 hour passes
      Then these Targets are notified:
        | Target        | Level | Expired Acknowledgement of |
        | Ada by e-mail | 1     |                            |
        | Grace by SMS  | 1     |                            |
