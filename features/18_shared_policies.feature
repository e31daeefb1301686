Feature: Services share a policy that names people, and whoever is meant at each step is notified
  A team has one policy for all its services. Its Levels name people, teams and schedules beside
  addresses, and each person says how they want to be reached. What the policy means is read again
  at each step: whoever is on call then is notified. A Level that reaches nobody is left out, and
  this is said wherever the incident is told. Nobody who is named can be removed.

  Rule: An edit of the policy counts for every service that uses it

    Background:
      Given these people can be reached:
        | Person | By     |
        | Ada    | e-mail |
        | Grace  | SMS    |
        | Edsger | e-mail |
      And the shared policy Payments:
        | Level | Targets |
        | 1     | Ada     |
        | 2     | Grace   |
      And checkout-api uses the shared policy Payments
      And billing-api uses the shared policy Payments

    Scenario: Services that share a policy notify the same people
      When checkout-api raises the Alert "the database is away"
      And billing-api raises the Alert "invoices are late"
      And 15 minutes pass
      Then these Targets are notified:
        | Target        | Service      | Level |
        | Ada by e-mail | checkout-api | 1     |
        | Ada by e-mail | billing-api  | 1     |
        | Grace by SMS  | checkout-api | 2     |
        | Grace by SMS  | billing-api  | 2     |

    Scenario: The next step of each incident goes by the edited policy
      Given checkout-api is Unhealthy
      And billing-api is Unhealthy
      When the shared policy Payments becomes:
        | Level | Targets |
        | 1     | Ada     |
        | 2     | Edsger  |
      And 15 minutes pass
      Then these Targets are notified:
        | Target           | Service      | Level |
        | Edsger by e-mail | checkout-api | 2     |
        | Edsger by e-mail | billing-api  | 2     |

    Scenario: An edit lets the exhausted incidents of all services go on
      Given checkout-api is exhausted
      And billing-api is exhausted
      When the shared policy Payments becomes:
        | Level | Targets |
        | 1     | Ada     |
        | 2     | Grace   |
        | 3     | Edsger  |
      Then these Targets are notified:
        | Target           | Service      | Level |
        | Edsger by e-mail | checkout-api | 3     |
        | Edsger by e-mail | billing-api  | 3     |

    Scenario: A service that gets a policy of its own no longer follows the shared one
      When the Escalation Policy of billing-api becomes:
        | Level | Targets          |
        | 1     | Edsger by e-mail |
      And billing-api raises the Alert "invoices are late"
      Then these Targets are notified:
        | Target           | Service     |
        | Edsger by e-mail | billing-api |

    Scenario: The fallback can be a shared policy
      Given the fallback uses the shared policy Payments
      When search-api raises the Alert "no results at all"
      Then these Targets are notified:
        | Target        | Service    |
        | Ada by e-mail | search-api |

  Rule: A Level names people, teams, schedules and addresses together

    Background:
      Given these people can be reached:
        | Person  | By     |
        | Ada     | e-mail |
        | Grace   | SMS    |
        | Edsger  | e-mail |
        | Barbara | SMS    |
      And the team Payments is Ada and Grace
      And Edsger is on call in Database
      And Ada is on call in Search

    Scenario: All of them are notified
      Given the shared policy Payments:
        | Level | Targets                                                     |
        | 1     | Barbara, the team Payments, on call in Database, Ada by SMS |
      And checkout-api uses the shared policy Payments
      When checkout-api raises the Alert "the database is away"
      Then these Targets are notified:
        | Target           | Level |
        | Barbara by SMS   | 1     |
        | Ada by e-mail    | 1     |
        | Grace by SMS     | 1     |
        | Edsger by e-mail | 1     |
        | Ada by SMS       | 1     |

    Scenario: An address that is named in several ways is notified once
      Given the shared policy Payments:
        | Level | Targets                                                  |
        | 1     | Ada, the team Payments, Ada by e-mail, on call in Search |
      And checkout-api uses the shared policy Payments
      When checkout-api raises the Alert "the database is away"
      Then these Targets are notified:
        | Target        | Level |
        | Ada by e-mail | 1     |
        | Grace by SMS  | 1     |

    Scenario: Somebody who joins the team is notified at the next step
      Given the shared policy Payments:
        | Level | Targets           |
        | 1     | the team Payments |
        | 2     | Edsger            |
      And checkout-api uses the shared policy Payments
      And checkout-api is Unhealthy
      When the team Payments becomes Ada, Grace and Barbara
      And 15 minutes pass
      Then these Targets are notified:
        | Target         | Level |
        | Barbara by SMS | 1     |

  Rule: Whoever is on call at the step is notified, and a handover skips nobody

    Background:
      Given these people can be reached:
        | Person | By     |
        | Ada    | e-mail |
        | Grace  | SMS    |
        | Edsger | e-mail |
      And Ada is on call in Database for 10 minutes, and then Grace

    Scenario: Who is on call is looked up when the Level is notified
      Given the shared policy Payments:
        | Level | Targets             |
        | 1     | Edsger              |
        | 2     | on call in Database |
      And checkout-api uses the shared policy Payments
      When checkout-api raises the Alert "the database is away"
      And 15 minutes pass
      Then these Targets are notified:
        | Target           | Level |
        | Edsger by e-mail | 1     |
        | Grace by SMS     | 2     |

    Scenario: Whoever takes over between two steps is notified before the next Level
      Given the shared policy Payments:
        | Level | Targets             |
        | 1     | on call in Database |
        | 2     | Edsger              |
      And checkout-api uses the shared policy Payments
      When checkout-api raises the Alert "the database is away"
      And 30 minutes pass
      Then these Targets are notified:
        | Target           | Level |
        | Ada by e-mail    | 1     |
        | Grace by SMS     | 1     |
        | Edsger by e-mail | 2     |

    Scenario: After an Acknowledgement a handover notifies nobody
      Given the shared policy Payments:
        | Level | Targets             |
        | 1     | on call in Database |
      And checkout-api uses the shared policy Payments
      When checkout-api raises the Alert "the database is away"
      And Ada acknowledges checkout-api
      And 24 hours pass
      Then these Targets are notified:
        | Target        | Level |
        | Ada by e-mail | 1     |

    Scenario: Somebody who stands in during an incident is notified at the next step
      Given the shared policy Payments:
        | Level | Targets             |
        | 1     | on call in Database |
      And checkout-api uses the shared policy Payments
      And checkout-api is Unhealthy
      When Edsger is on call in Database
      And 15 minutes pass
      Then these Targets are notified:
        | Target           | Level |
        | Edsger by e-mail | 1     |

    Scenario: Whoever is put on call after the last Level was notified is notified at once
      Given the shared policy Payments:
        | Level | Targets             |
        | 1     | on call in Database |
      And checkout-api uses the shared policy Payments
      And checkout-api is exhausted
      When Edsger is on call in Database
      Then these Targets are notified:
        | Target           | Level |
        | Edsger by e-mail | 1     |

  Rule: A Level that reaches nobody is left out

    Background:
      Given these people can be reached:
        | Person | By     |
        | Ada    | e-mail |
        | Grace  | SMS    |
        | Edsger |        |
      And nobody is on call in Database
      And the team Payments is nobody

    Scenario Outline: The next Level is notified at once, keeps its number, and is told of it
      Given the shared policy Payments:
        | Level | Targets |
        | 1     | <who>   |
        | 2     | Ada     |
      And checkout-api uses the shared policy Payments
      When checkout-api raises the Alert "the database is away"
      Then these Targets are notified:
        | Target        | Level | Not reached                             |
        | Ada by e-mail | 2     | Payments, Level 1 reaches nobody: <why> |

      Examples:
        | who                 | why                            |
        | on call in Database | nobody is on call in Database  |
        | the team Payments   | nobody is in the team Payments |
        | Edsger              | Edsger has no contact method   |

    Scenario: A Level that reaches somebody is told who is missing
      Given the team Search is Ada and Edsger
      And the shared policy Payments:
        | Level | Targets         |
        | 1     | the team Search |
      And checkout-api uses the shared policy Payments
      When checkout-api raises the Alert "the database is away"
      Then these Targets are notified:
        | Target        | Level | Not reached                                     |
        | Ada by e-mail | 1     | Payments, Level 1: Edsger has no contact method |

    Scenario: A Level in the middle takes no time
      Given the shared policy Payments:
        | Level | Targets             |
        | 1     | Ada                 |
        | 2     | on call in Database |
        | 3     | Grace               |
      And checkout-api uses the shared policy Payments
      When checkout-api raises the Alert "the database is away"
      And 15 minutes pass
      Then these Targets are notified:
        | Target        | Level |
        | Ada by e-mail | 1     |
        | Grace by SMS  | 3     |

    Scenario: A Level keeps its number when it is told again
      Given the shared policy Payments:
        | Level | Targets             |
        | 1     | Ada                 |
        | 2     | on call in Database |
        | 3     | Grace               |
      And checkout-api uses the shared policy Payments
      And checkout-api is Unhealthy
      And 15 minutes pass
      When Ada pages again for checkout-api
      Then these Targets are notified:
        | Target       | Level | Told again by |
        | Grace by SMS | 3     | Ada           |

    Scenario: So do all Levels when the policy begins again
      Given the shared policy Payments:
        | Level | Targets             |
        | 1     | on call in Database |
        | 2     | Ada                 |
        | 3     | Grace               |
      And the shared policy Payments repeats 1 time
      And checkout-api uses the shared policy Payments
      When checkout-api raises the Alert "the database is away"
      And 24 hours pass
      Then checkout-api is exhausted
      And these Targets are notified:
        | Target        | Level | Begun again |
        | Ada by e-mail | 2     | 0           |
        | Grace by SMS  | 3     | 0           |
        | Ada by e-mail | 2     | 1           |
        | Grace by SMS  | 3     | 1           |

    Scenario: Somebody who goes on call meanwhile is notified after all
      Given the shared policy Payments:
        | Level | Targets             |
        | 1     | on call in Database |
        | 2     | Ada                 |
      And checkout-api uses the shared policy Payments
      And checkout-api is Unhealthy
      When Grace is on call in Database
      And 15 minutes pass
      Then these Targets are notified:
        | Target       | Level |
        | Grace by SMS | 1     |

    Scenario: A policy that reaches nobody leaves the Alert to the fallback policy
      Given the shared policy Payments:
        | Level | Targets             |
        | 1     | on call in Database |
      And checkout-api uses the shared policy Payments
      And the fallback Escalation Policy:
        | Level | Targets      |
        | 1     | Grace by SMS |
      When checkout-api raises the Alert "the database is away"
      Then these Targets are notified:
        | Target       | Level | Not reached                                                     |
        | Grace by SMS | 1     | Payments, Level 1 reaches nobody: nobody is on call in Database |

    Scenario: Without a fallback policy the Alert is refused, with the reason
      Given the shared policy Payments:
        | Level | Targets                     |
        | 1     | Edsger, on call in Database |
      And checkout-api uses the shared policy Payments
      When checkout-api raises the Alert "the database is away"
      Then the Pager refused an Alert of checkout-api, whose policy reached nobody: "Payments, Level 1 reaches nobody: Edsger has no contact method; nobody is on call in Database"
      And checkout-api is Healthy

    Scenario: An incident is exhausted when the policy reaches nobody any more
      Given Grace is on call in Search
      And the shared policy Payments:
        | Level | Targets           |
        | 1     | on call in Search |
      And checkout-api uses the shared policy Payments
      And checkout-api is Unhealthy
      When nobody is on call in Search
      And 15 minutes pass
      Then checkout-api is exhausted
      And the Pager doesn't notify any Target

  Rule: People are reached as they want to be, and the next Level comes when it would have come

    Background:
      Given these people can be reached:
        | Person | By                          |
        | Ada    | SMS, e-mail after 5 minutes |
        | Grace  | SMS                         |
      And the shared policy Payments:
        | Level | Targets |
        | 1     | Ada     |
        | 2     | Grace   |
      And checkout-api uses the shared policy Payments

    Scenario: The second contact method waits as long as the person has said
      When checkout-api raises the Alert "the database is away"
      And 5 minutes pass
      Then these Targets are notified:
        | Target        | Level |
        | Ada by SMS    | 1     |
        | Ada by e-mail | 1     |
      And the Acknowledgement Timeout of checkout-api is due in 10 minutes

    Scenario: The next Level is notified after the delay of the Level
      When checkout-api raises the Alert "the database is away"
      And 15 minutes pass
      Then these Targets are notified:
        | Target        | Level |
        | Ada by SMS    | 1     |
        | Ada by e-mail | 1     |
        | Grace by SMS  | 2     |

    Scenario: Somebody who acknowledges in time is not reached in a second way
      When checkout-api raises the Alert "the database is away"
      And 4 minutes pass
      And Ada acknowledges checkout-api
      And 24 hours pass
      Then these Targets are notified:
        | Target     |
        | Ada by SMS |

    Scenario: Somebody who goes on to the next Level by hand goes on to the second contact method
      When checkout-api raises the Alert "the database is away"
      And Grace escalates the incident of checkout-api
      Then these Targets are notified:
        | Target        | Level | Escalated by |
        | Ada by SMS    | 1     |              |
        | Ada by e-mail | 1     | Grace        |

    Scenario: A Level that is told again is told in every way that it was told
      Given checkout-api is Unhealthy
      And 5 minutes pass
      When Grace pages again for checkout-api
      Then these Targets are notified:
        | Target        | Level | Told again by |
        | Ada by SMS    | 1     | Grace         |
        | Ada by e-mail | 1     | Grace         |

    Scenario: If the first contact method is refused for good, the second is used at once
      Given the SMS gateway refuses Ada
      When checkout-api raises the Alert "the database is away"
      Then these Targets are notified:
        | Target        |
        | Ada by e-mail |

    Scenario: A contact method that waits longer than the Level lasts is not used
      When these people can be reached:
        | Person | By                           |
        | Ada    | SMS, e-mail after 15 minutes |
      And checkout-api raises the Alert "the database is away"
      And 24 hours pass
      Then these Targets are notified:
        | Target       | Level |
        | Ada by SMS   | 1     |
        | Grace by SMS | 2     |

    Scenario Outline: Contact methods that are not verified are used only where none is
      When these people can be reached:
        | Person | By   |
        | Ada    | <by> |
      And checkout-api raises the Alert "the database is away"
      Then these Targets are notified:
        | Target   |
        | <target> |

      Examples:
        | by                                | target        |
        | SMS, e-mail (verified)            | Ada by e-mail |
        | SMS (verified), e-mail            | Ada by SMS    |
        | e-mail, SMS after 5 minutes       | Ada by e-mail |
        | e-mail after 5 minutes (verified) | Ada by e-mail |

  Rule: A shared policy may begin again, and let an Acknowledgement expire

    Background:
      Given these people can be reached:
        | Person | By                          |
        | Ada    | SMS, e-mail after 5 minutes |
        | Grace  | SMS                         |
      And Ada is on call in Database for 10 minutes, and then Grace
      And the shared policy Payments:
        | Level | Targets             |
        | 1     | on call in Database |
      And checkout-api uses the shared policy Payments

    Scenario: Whoever is on call when it begins again is notified
      Given the shared policy Payments repeats 1 time
      When checkout-api raises the Alert "the database is away"
      And 24 hours pass
      Then these Targets are notified:
        | Target        | Level | Begun again |
        | Ada by SMS    | 1     | 0           |
        | Ada by e-mail | 1     | 0           |
        | Grace by SMS  | 1     | 0           |
        | Grace by SMS  | 1     | 1           |
      And checkout-api is exhausted

    Scenario: After an Acknowledgement has expired, whoever has taken over is notified
      Given the shared policy Payments lets an Acknowledgement expire after 1 hour
      When checkout-api raises the Alert "the database is away"
      And Ada acknowledges checkout-api
      And 1 hour passes
      Then these Targets are notified:
        | Target       | Level |
        | Ada by SMS   | 1     |
        | Grace by SMS | 1     |

  Rule: Whoever is named exists

    Background:
      Given these people can be reached:
        | Person | By     |
        | Ada    | e-mail |
        | Grace  | SMS    |
        | Edsger | e-mail |
      And the team Payments is Ada
      And Grace is on call in Database
      And the shared policy Payments:
        | Level | Targets                                |
        | 1     | the team Payments, on call in Database |
      And checkout-api uses the shared policy Payments

    Scenario Outline: Nobody who is named is removed
      When <named> is removed
      And checkout-api raises the Alert "the database is away"
      Then the removal is refused: "<reason>"
      And these Targets are notified:
        | Target        |
        | Ada by e-mail |
        | Grace by SMS  |

      Examples:
        | named                      | reason                                                                                                   |
        | Ada                        | The person Ada cannot be removed, as it is named by the team Payments. Take it out there first.          |
        | Grace                      | The person Grace cannot be removed, as it is named by the schedule Database. Take it out there first.    |
        | the team Payments          | The team Payments cannot be removed, as it is named by the policy Payments. Take it out there first.     |
        | the schedule Database      | The schedule Database cannot be removed, as it is named by the policy Payments. Take it out there first. |
        | the shared policy Payments | The policy Payments cannot be removed, as it is named by checkout-api. Take it out there first.          |

    Scenario Outline: A policy that names somebody unknown is refused
      When the shared policy Payments becomes:
        | Level | Targets |
        | 1     | <who>   |
      And checkout-api raises the Alert "the database is away"
      Then the edit is refused: "<reason>"
      And these Targets are notified:
        | Target        |
        | Ada by e-mail |
        | Grace by SMS  |

      Examples:
        | who               | reason                                                                          |
        | Barbara           | There is no person called 'Barbara': check how it is written, or add it first.  |
        | the team Search   | There is no team called 'Search': check how it is written, or add it first.     |
        | on call in Search | There is no schedule called 'Search': check how it is written, or add it first. |

    Scenario: A service cannot use a policy that does not exist
      When checkout-api uses the shared policy Search
      And checkout-api raises the Alert "the database is away"
      Then the edit is refused: "There is no policy called 'Search': check how it is written, or add it first."
      And these Targets are notified:
        | Target        |
        | Ada by e-mail |
        | Grace by SMS  |

    Scenario: Somebody who is no longer named can be removed
      Given the team Search is Edsger
      When the team Search becomes nobody
      And Edsger is removed
      And the shared policy Payments becomes:
        | Level | Targets |
        | 1     | Edsger  |
      Then the edit is refused: "There is no person called 'Edsger': check how it is written, or add it first."
