Feature: Two troubles of one service are one incident, which ends with the last of them
  A service can have several troubles at once: its disk is full, and its certificate is about to
  expire. A monitor gives each trouble a name, the dedup key, and says when that trouble is over.
  All of them are one incident, so people are paged once. The service stays Unhealthy until the
  last of its troubles is over.

  Background:
    Given the Escalation Policy of checkout-api:
      | Level | Targets          |
      | 1     | Ada by e-mail    |
      | 2     | Edsger by e-mail |

  Rule: Another trouble joins the running incident

    Scenario: The Alert of another trouble notifies nobody, and its text is kept
      Given checkout-api raises the Alert "disk full" with the dedup key "disk"
      When checkout-api raises the Alert "certificate expires" with the dedup key "tls"
      Then the Pager doesn't notify any Target
      And doesn't set an acknowledgement delay
      And the later Alerts of checkout-api say:
        | certificate expires |
      And these troubles of checkout-api are open:
        | "disk" |
        | "tls"  |

    Scenario: The next Level reads what all troubles said, and how many are open
      Given checkout-api raises the Alert "disk full" with the dedup key "disk"
      When checkout-api raises the Alert "certificate expires" with the dedup key "tls"
      And 15 minutes pass
      Then these Targets are notified:
        | Target           | Incident | Message   | Later Alerts        | Open troubles |
        | Edsger by e-mail | 1        | disk full | certificate expires | 2             |

    Scenario: The same trouble with another text is still one trouble
      Given checkout-api raises the Alert "disk 90 % full" with the dedup key "disk"
      When checkout-api raises the Alert "disk 95 % full" with the dedup key "disk"
      Then the Pager doesn't notify any Target
      And these troubles of checkout-api are open:
        | "disk" |

    Scenario: Two troubles with the same text are two troubles
      Given checkout-api raises the Alert "host down" with the dedup key "host-1"
      When checkout-api raises the Alert "host down" with the dedup key "host-2"
      And the Pager receives the resolve of "host-1" for checkout-api
      Then checkout-api is Unhealthy
      And the Pager doesn't notify any Target

    Scenario: A trouble that joins after the Acknowledgement notifies nobody
      Given checkout-api raises the Alert "disk full" with the dedup key "disk"
      And the Pager receives the Acknowledgement by Ada for checkout-api
      When checkout-api raises the Alert "certificate expires" with the dedup key "tls"
      And 24 hours pass
      Then checkout-api is acknowledged by Ada
      And the Pager doesn't notify any Target

  Rule: A resolve closes its trouble, and the last one closes the incident

    Scenario: The service stays Unhealthy while another trouble is open
      Given checkout-api raises the Alert "disk full" with the dedup key "disk"
      And checkout-api raises the Alert "certificate expires" with the dedup key "tls"
      When the Pager receives the resolve of "disk" for checkout-api
      Then checkout-api is Unhealthy
      And these troubles of checkout-api are open:
        | "tls" |

    Scenario: The escalation goes on while another trouble is open
      Given checkout-api raises the Alert "disk full" with the dedup key "disk"
      And checkout-api raises the Alert "certificate expires" with the dedup key "tls"
      When the Pager receives the resolve of "disk" for checkout-api
      And 15 minutes pass
      Then these Targets are notified:
        | Target           | Level | Message   | Open troubles |
        | Edsger by e-mail | 2     | disk full | 1             |

    Scenario: The resolve of the last trouble makes the service Healthy
      Given checkout-api raises the Alert "disk full" with the dedup key "disk"
      And checkout-api raises the Alert "certificate expires" with the dedup key "tls"
      And the Pager receives the resolve of "disk" for checkout-api
      When the Pager receives the resolve of "tls" for checkout-api
      And 24 hours pass
      Then checkout-api is Healthy
      And the Pager doesn't notify any Target

    Scenario Outline: The last resolve closes the incident in every state of the escalation
      Given checkout-api is <state>
      When the Pager receives the resolve for checkout-api
      Then checkout-api is Healthy

      Examples:
        | state        |
        | Unhealthy    |
        | acknowledged |
        | exhausted    |

    Scenario: Pages not yet sent are withdrawn after the last resolve
      Given the mail server is down
      And checkout-api raises the Alert "disk full" with the dedup key "disk"
      When the Pager receives the resolve of "disk" for checkout-api
      And the mail server is up again
      And 1 hour passes
      Then the page to Ada is withdrawn
      And the Pager doesn't notify any Target

    Scenario: Pages not yet sent are still sent while another trouble is open
      Given the mail server is down
      And checkout-api raises the Alert "disk full" with the dedup key "disk"
      And checkout-api raises the Alert "certificate expires" with the dedup key "tls"
      When the Pager receives the resolve of "disk" for checkout-api
      And the mail server is up again
      And 5 minutes pass
      Then these Targets are notified:
        | Target        | Message   |
        | Ada by e-mail | disk full |

    Scenario: A trouble can come again in the same incident
      Given checkout-api raises the Alert "disk full" with the dedup key "disk"
      And checkout-api raises the Alert "certificate expires" with the dedup key "tls"
      And the Pager receives the resolve of "disk" for checkout-api
      When checkout-api raises the Alert "disk full" with the dedup key "disk"
      And the Pager receives the resolve of "tls" for checkout-api
      Then checkout-api is Unhealthy
      And the Pager doesn't notify any Target
      And these troubles of checkout-api are open:
        | "disk" |

    Scenario: A trouble that comes again after the last resolve is a new incident
      Given checkout-api raises the Alert "disk full" with the dedup key "disk"
      And the Pager receives the resolve of "disk" for checkout-api
      When checkout-api raises the Alert "disk full" with the dedup key "disk"
      Then these Targets are notified:
        | Target        | Incident | Level |
        | Ada by e-mail | 2        | 1     |

    Scenario: The same dedup key of another service is another trouble
      Given the Escalation Policy of search-api:
        | Level | Targets      |
        | 1     | Grace by SMS |
      And checkout-api raises the Alert "disk full" with the dedup key "disk"
      And search-api raises the Alert "disk full" with the dedup key "disk"
      When the Pager receives the resolve of "disk" for search-api
      Then search-api is Healthy
      And checkout-api is Unhealthy

  Rule: The resolve of a trouble that is not open changes nothing

    Scenario Outline: An unknown or repeated resolve changes nothing
      Given checkout-api raises the Alert "disk full" with the dedup key "disk"
      And checkout-api raises the Alert "certificate expires" with the dedup key "tls"
      And the Pager receives the resolve of "disk" for checkout-api
      When the Pager receives the <resolve> for checkout-api
      Then checkout-api is Unhealthy
      And the Pager doesn't notify any Target
      And these troubles of checkout-api are open:
        | "tls" |

      Examples:
        | resolve           |
        | resolve of "disk" |
        | resolve of "cpu"  |
        | resolve of "TLS"  |
        | resolve           |

    Scenario: A Healthy service ignores a resolve
      Given checkout-api is Healthy
      When the Pager receives the resolve of "disk" for checkout-api
      Then checkout-api is Healthy
      And the Pager doesn't notify any Target

    Scenario: A resolve that comes before its Alert does not close it
      Given checkout-api is Healthy
      When the Pager receives the resolve of "disk" for checkout-api
      And checkout-api raises the Alert "disk full" with the dedup key "disk"
      Then checkout-api is Unhealthy
      And these Targets are notified:
        | Target        |
        | Ada by e-mail |

  Rule: Alerts without a dedup key are one trouble of their own

    Scenario: The resolve of a dedup key leaves that trouble open
      Given checkout-api raises the Alert "disk full" with the dedup key "disk"
      And checkout-api raises the Alert "something is wrong"
      When the Pager receives the resolve of "disk" for checkout-api
      Then checkout-api is Unhealthy
      And these troubles of checkout-api are open:
        | without a dedup key |

    Scenario: A resolve without a dedup key closes that trouble, whatever its Alerts said
      Given checkout-api raises the Alert "something is wrong"
      And checkout-api raises the Alert "something else is wrong"
      When the Pager receives the resolve for checkout-api
      Then checkout-api is Healthy

  Rule: A Healthy event closes all troubles

    Scenario: A person closes an incident of two troubles
      Given checkout-api raises the Alert "disk full" with the dedup key "disk"
      And checkout-api raises the Alert "certificate expires" with the dedup key "tls"
      When the Pager receives a Healthy event for checkout-api
      And 24 hours pass
      Then checkout-api is Healthy
      And the Pager doesn't notify any Target

    Scenario: A trouble of a closed incident is not open in the next one until it comes again
      Given checkout-api raises the Alert "disk full" with the dedup key "disk"
      And the Pager receives a Healthy event for checkout-api
      When checkout-api raises the Alert "certificate expires" with the dedup key "tls"
      Then these troubles of checkout-api are open:
        | "tls" |

  Rule: If there are more troubles than Pager can tell apart, a person closes the incident

    Scenario: A resolve no longer closes such an incident
      When checkout-api raises the Alert "host down" with 501 dedup keys
      And checkout-api raises the Alert "disk full" with the dedup key "disk"
      And the Pager receives the resolve of "disk" for checkout-api
      Then checkout-api is Unhealthy
      And these troubles of checkout-api are open:
        | too many to tell apart |
      And these Targets are notified:
        | Target        | Message   |
        | Ada by e-mail | host down |

    Scenario: After a person has closed it, Pager tells the troubles of the next incident apart again
      Given checkout-api raises the Alert "host down" with 501 dedup keys
      When the Pager receives a Healthy event for checkout-api
      And checkout-api raises the Alert "disk full" with the dedup key "disk"
      Then these troubles of checkout-api are open:
        | "disk" |

  Rule: Messages that arrive at the same moment are handled one after the other

    Scenario: Two troubles at the same moment page once, and both are open
      When these arrive at the same moment for checkout-api:
        | the Alert "disk full" with the dedup key "disk"          |
        | the Alert "certificate expires" with the dedup key "tls" |
      Then these Targets are notified:
        | Target        | Message   |
        | Ada by e-mail | disk full |
      And these troubles of checkout-api are open:
        | "disk" |
        | "tls"  |

    Scenario: A trouble that joins just before the last resolve keeps the incident open
      Given checkout-api raises the Alert "disk full" with the dedup key "disk"
      When these arrive at the same moment for checkout-api:
        | the Alert "certificate expires" with the dedup key "tls" |
        | the resolve of "disk"                                    |
      Then checkout-api is Unhealthy
      And the Pager doesn't notify any Target
      And these troubles of checkout-api are open:
        | "tls" |

    Scenario: The resolves of the last two troubles at the same moment close the incident
      Given checkout-api raises the Alert "disk full" with the dedup key "disk"
      And checkout-api raises the Alert "certificate expires" with the dedup key "tls"
      When these arrive at the same moment for checkout-api:
        | the resolve of "disk" |
        | the resolve of "tls"  |
      Then checkout-api is Healthy

    Scenario: The last resolve at the moment of the timeout stops the escalation
      Given checkout-api raises the Alert "disk full" with the dedup key "disk"
      When these arrive at the same moment for checkout-api:
        | the resolve of "disk"       |
        | the Acknowledgement Timeout |
      Then checkout-api is Healthy
      And the Pager doesn't notify any Target
