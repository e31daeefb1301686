Feature: A heartbeat that stays away raises an Alert
  A job that runs regularly, such as a backup, pings its heartbeat each time. If its interval and its
  grace pass without a ping, the heartbeat stays away (the console calls it missing): that raises an
  Alert. The next ping resolves that Alert. Nobody is paged because Pager itself was down: a ping may
  have come while Pager could not hear it. So when Pager listens again, it waits for the whole
  interval and grace once more. If a page follows, it says so.

  Background:
    Given the Escalation Policy of backup-api:
      | Level | Targets       |
      | 1     | Ada by e-mail |
      | 2     | Grace by SMS  |

  Rule: A heartbeat stays away when its interval and its grace have passed without a ping

    Scenario: A heartbeat that stays away pages
      Given nightly-backup of backup-api, expected every 24 hours with a grace of 1 hour, is pinged
      When 25 hours pass
      Then backup-api is Unhealthy
      And these Targets are notified:
        | Target        | Service    |
        | Ada by e-mail | backup-api |

    Scenario: A heartbeat that is late by less than its grace pages nobody
      Given nightly-backup of backup-api, expected every 24 hours with a grace of 1 hour, is pinged
      When 24 hours pass
      And 59 minutes pass
      And nightly-backup is pinged
      And 24 hours pass
      Then backup-api is Healthy
      And the Pager doesn't notify any Target

    Scenario: A heartbeat that was never pinged pages nobody
      Given nightly-backup of backup-api, expected every 24 hours with a grace of 1 hour, is never pinged
      When 30 days pass
      Then the Pager doesn't notify any Target

    Scenario: Its Alert escalates as any other does, and pages each Level once
      Given nightly-backup of backup-api, expected every 24 hours with a grace of 1 hour, is pinged
      When 3 days pass
      Then these Targets are notified:
        | Target        | Level | Incident |
        | Ada by e-mail | 1     | 1        |
        | Grace by SMS  | 2     | 1        |

  Rule: The next ping resolves the Alert

    Scenario: A ping closes the incident
      Given nightly-backup of backup-api, expected every 24 hours with a grace of 1 hour, is pinged
      And 26 hours pass
      When nightly-backup is pinged
      Then backup-api is Healthy

    Scenario: Another trouble of the service stays open
      Given nightly-backup of backup-api, expected every 24 hours with a grace of 1 hour, is pinged
      When 26 hours pass
      And backup-api raises the Alert "The disk is full"
      And nightly-backup is pinged
      Then backup-api is Unhealthy

    Scenario: A heartbeat that stays away again pages again
      Given nightly-backup of backup-api, expected every 24 hours with a grace of 1 hour, is pinged
      And 26 hours pass
      When nightly-backup is pinged
      And 25 hours pass
      Then these Targets are notified:
        | Target        | Level | Incident |
        | Ada by e-mail | 1     | 2        |

  Rule: Nobody is paged because Pager itself was down

    Scenario: A ping that may have come while Pager was down pages nobody
      Given nightly-backup of backup-api, expected every 24 hours with a grace of 1 hour, is pinged
      When 23 hours pass
      And 3 hours pass while the Pager is down
      And 24 hours pass
      Then backup-api is Healthy
      And the Pager doesn't notify any Target

    Scenario: A heartbeat that still stays away after that pages
      Given nightly-backup of backup-api, expected every 24 hours with a grace of 1 hour, is pinged
      When 23 hours pass
      And 3 hours pass while the Pager is down
      And 25 hours pass
      Then these Targets are notified:
        | Target        | Service    |
        | Ada by e-mail | backup-api |

    Scenario: After a short restart the heartbeat is not given more time
      Given nightly-backup of backup-api, expected every 24 hours with a grace of 1 hour, is pinged
      When 24 hours pass
      And 4 seconds pass while the Pager is down
      And 1 hour passes
      Then these Targets are notified:
        | Target        | Service    |
        | Ada by e-mail | backup-api |
