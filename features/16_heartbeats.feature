Feature: A heartbeat that stays away raises an Alert
  A job that runs regularly, such as a backup, pings its heartbeat each time. Once its interval and
  its grace are over without a ping, the heartbeat stays away: that raises an Alert, and its return
  resolves that Alert. Nobody is paged because Pager was down itself: a ping may have come while it
  could not hear, so it waits anew from the moment at which it listens again, and the page says so.

  Background:
    Given the Escalation Policy of backup-api:
      | Level | Targets       |
      | 1     | Ada by e-mail |
      | 2     | Grace by SMS  |

  Rule: It stays away once its interval and its grace are over

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

    Scenario: Its Alert escalates as any other, and pages once a Level
      Given nightly-backup of backup-api, expected every 24 hours with a grace of 1 hour, is pinged
      When 3 days pass
      Then these Targets are notified:
        | Target        | Level | Incident |
        | Ada by e-mail | 1     | 1        |
        | Grace by SMS  | 2     | 1        |

  Rule: Its return resolves the Alert

    Scenario: The return of the heartbeat closes the incident
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

    Scenario: A ping that came while Pager could not hear is not missed
      Given nightly-backup of backup-api, expected every 24 hours with a grace of 1 hour, is pinged
      When 23 hours pass
      And 3 hours pass while the Pager is down
      And 24 hours pass
      Then backup-api is Healthy
      And the Pager doesn't notify any Target

    Scenario: A heartbeat that stays away after that pages
      Given nightly-backup of backup-api, expected every 24 hours with a grace of 1 hour, is pinged
      When 23 hours pass
      And 3 hours pass while the Pager is down
      And 25 hours pass
      Then these Targets are notified:
        | Target        | Service    |
        | Ada by e-mail | backup-api |

    Scenario: A short restart counts as no gap
      Given nightly-backup of backup-api, expected every 24 hours with a grace of 1 hour, is pinged
      When 24 hours pass
      And 4 seconds pass while the Pager is down
      And 1 hour passes
      Then these Targets are notified:
        | Target        | Service    |
        | Ada by e-mail | backup-api |
