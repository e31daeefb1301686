Feature: What must hold at every moment is one sentence
  A scenario asks about one moment. A property asks about all of them: who is on call in each, and what an
  Alert would lead to, by the very rules by which Pager pages. Where it does not hold, the first moment is
  named, until when, how often again, and why. Nothing is sampled: a gap of one minute is found.

  Rule: What an Alert leads to is tried at every moment

    Background:
      Given these people can be reached:
        | Person | By                          |
        | Ada    | e-mail                      |
        | Grace  | e-mail, SMS after 5 minutes |
        | Edsger | e-mail                      |
      And the schedule Database in Europe/Paris:
        | Rotation | Participants | Starts           | Shift | Hours                        |
        | Daily    | Ada, Edsger  | 2027-01-04 09:00 | 1 day | Monday to Friday 09:00-18:00 |
      And the shared policy Payments:
        | Level | Targets             | Acknowledgement Delay |
        | 1     | on call in Database | 15 minutes            |
        | 2     | Grace               | 15 minutes            |
      And checkout-api uses the shared policy Payments

    Scenario: A Level with nobody on call is found before the night on which it is needed
      When it is verified from 2027-01-18 until 2028-02-18 that no Level is empty
      Then it does not hold:
        | Of           | From             | Until            | Again     | Because                                                           |
        | checkout-api | 2027-01-18 00:00 | 2027-01-18 09:00 | 284 times | Level 1 of Payments reaches nobody: nobody is on call in Database |

    Scenario: An empty Level is left out, so somebody is reached all the same
      When it is verified from 2027-01-18 until 2028-02-18 that somebody is reached within 0 minutes
      Then it holds at every moment

    Scenario: Who is reached in time depends on when the Alert comes
      When it is verified from 2027-01-18 until 2027-01-19 that somebody is reached by SMS within 19 minutes
      Then it does not hold:
        | Of           | From             | Until            | Again | Because                                      |
        | checkout-api | 2027-01-18 08:55 | 2027-01-18 18:00 | never | an Alert reaches nobody by SMS within 19 min |

    Scenario: An Alert shortly before the handover reaches whoever takes over, too
      When it is verified from 2027-01-18 until 2027-01-19 that 2 people are reached within 14 minutes
      Then it does not hold:
        | Of           | From             | Until            | Again | Because                              |
        | checkout-api | 2027-01-18 00:00 | 2027-01-18 08:55 | once  | an Alert reaches Grace within 14 min |

    Scenario: Each step may be refused
      When it is verified from 2027-01-18 12:00 until 2027-01-18 13:00 that somebody is reached within 1 hour even if 3 steps are refused
      Then it does not hold:
        | Of           | From             | Until            | Again | Because                                                                 |
        | checkout-api | 2027-01-18 12:00 | 2027-01-18 13:00 | never | an Alert reaches nobody within 1 h, if the steps 1, 2 and 3 are refused |

  Rule: Whoever is woken twice by one incident is found

    Background:
      Given these people can be reached:
        | Person | By                          |
        | Ada    | e-mail, SMS after 5 minutes |
        | Grace  | e-mail                      |

    Scenario: A second contact method is no second waking
      Given the shared policy Payments:
        | Level | Targets |
        | 1     | Ada     |
        | 2     | Grace   |
      And checkout-api uses the shared policy Payments
      When it is verified from 2027-01-18 until 2028-02-18 that nobody is woken twice by one incident
      Then it holds at every moment

    Scenario: Somebody who takes over while the incident escalates is told again
      Given the schedule Database in Europe/Paris:
        | Rotation | Participants | Starts           | Shift  |
        | Weekly   | Grace, Ada   | 2027-01-18 09:00 | 7 days |
      And the shared policy Payments:
        | Level | Targets             |
        | 1     | Ada                 |
        | 2     | on call in Database |
      And checkout-api uses the shared policy Payments
      When it is verified from 2027-01-18 09:00 until 2027-01-25 09:00 that nobody is woken twice by one incident
      Then it does not hold:
        | Of           | From             | Until            | Again | Because                                                   |
        | checkout-api | 2027-01-25 08:30 | 2027-01-25 09:00 | never | an incident wakes Ada twice: again 30 min after the Alert |

    Scenario: Whoever forgets an incident is told again
      Given the shared policy Payments:
        | Level | Targets |
        | 1     | Grace   |
      And the shared policy Payments lets an Acknowledgement expire after 1 hour
      And checkout-api uses the shared policy Payments
      When it is verified from 2027-01-18 until 2027-01-19 that nobody is woken twice by one incident
      Then it does not hold:
        | Of           | From             | Until            | Again | Because                                                  |
        | checkout-api | 2027-01-18 00:00 | 2027-01-19 00:00 | never | an incident wakes Grace twice: again 1 h after the Alert |

  Rule: A Level that tells everybody is found

    Scenario: A team is put on the first Level
      Given these people can be reached:
        | Person | By     |
        | Ada    | e-mail |
        | Grace  | e-mail |
        | Edsger | e-mail |
      And the team Payments is Ada, Grace and Edsger
      And the shared policy Payments:
        | Level | Targets           |
        | 1     | the team Payments |
      And checkout-api uses the shared policy Payments
      And billing-api uses the shared policy Payments
      When it is verified from 2027-01-18 until 2028-02-18 that no Level tells more than 2 people
      Then it does not hold:
        | Of                        | From             | Until            | Again | Because                            |
        | billing-api, checkout-api | 2027-01-18 00:00 | 2028-02-18 00:00 | never | Level 1 of Payments tells 3 people |

  Rule: Who is on call is looked at in each schedule

    Background:
      Given these people can be reached:
        | Person  | By     |
        | Ada     | e-mail |
        | Grace   | e-mail |
        | Edsger  | e-mail |
        | Barbara |        |

    Scenario: Somebody without a contact method is on call
      Given the schedule Database in Europe/Paris:
        | Rotation | Participants        | Starts           | Shift  |
        | Weekly   | Ada, Grace, Barbara | 2027-01-04 09:00 | 7 days |
      When it is verified from 2027-01-04 09:00 until 2028-01-03 09:00 that everybody on call can be reached
      Then it does not hold:
        | Of       | From             | Until            | Again    | Because                                                  |
        | Database | 2027-01-18 09:00 | 2027-01-25 09:00 | 16 times | Barbara is on call in Database and has no contact method |

    Scenario: A week in which the clocks are put back is not longer than seven days
      Given the schedule Database in Europe/Paris:
        | Rotation | Participants       | Starts           | Shift  |
        | Weekly   | Ada, Grace, Edsger | 2027-01-04 09:00 | 7 days |
      When it is verified from 2027-01-18 until 2028-02-18 that nobody is on call more than 7 days running
      Then it holds at every moment

    Scenario: Two turns that follow each other are one
      Given the schedule Database in Europe/Paris:
        | Rotation | Participants                 | Starts           | Shift  |
        | Weekly   | Ada, Ada, Ada, Grace, Edsger | 2027-01-04 09:00 | 7 days |
      When it is verified from 2027-02-01 until 2027-03-01 that nobody is on call more than 14 days running
      Then it does not hold:
        | Of       | From             | Until            | Again | Because                                                     |
        | Database | 2027-02-08 09:00 | 2027-03-01 00:00 | never | Ada goes on call in Database for at least 20 d 15 h running |

    Scenario: Some of a daily rotation never serve, because others have the weekends
      Given the schedule Database in Europe/Paris:
        | Layer | Rotation | Participants                                | Starts           | Shift  | Hours                          |
        | 1     | Daily    | Ada, Ada, Ada, Grace, Grace, Edsger, Edsger | 2027-01-04 09:00 | 1 day  |                                |
        | 2     | Weekends | Grace                                       | 2027-01-04 09:00 | 7 days | Saturday 09:00 to Monday 09:00 |
      When it is verified from 2027-01-04 09:00 until 2028-02-04 that everybody is on call at least once in 90 days
      Then it does not hold:
        | Of       | From             | Until            | Again | Because                                                                |
        | Database | 2027-01-04 09:00 | 2028-02-04 00:00 | never | begins a time of 395 d 15 h in which Edsger is not on call in Database |
