Feature: Whoever asks is told why somebody is paged, and why somebody is not
  For any moment Pager says who is told of an incident: Level after Level, with the reason of each
  page. What has not happened is rehearsed by the rules of all other chapters, and nobody is paged.
  Whoever asks about one person is told what help pages of other pagers leave to be found out.

  Background:
    Given these people can be reached:
      | Person  | By                                |
      | Ada     | e-mail (verified), SMS            |
      | Grace   | SMS, e-mail after 5 minutes       |
      | Edsger  | e-mail (verified)                 |
      | Barbara | e-mail                            |
    And the schedule Database in Europe/Paris:
      | Layer | Rotation | Participants | Starts           | Shift  | Hours              |
      | 1     | Weekly   | Ada, Grace   | 2027-01-18 09:00 | 7 days |                    |
      | 2     | Nights   | Edsger       | 2027-01-18 09:00 | 7 days | Monday 22:00-06:00 |
    And the team Payments is Grace and Edsger
    And the shared policy Orders:
      | Level | Targets             |
      | 1     | on call in Database |
      | 2     | the team Payments   |
    And orders-api uses the shared policy Orders

  Rule: Of each page the reason is said, from the Level to the contact method

    Scenario: Whoever has the turn is told first, and the team after them
      When it is asked who is told if orders-api fails at 2027-01-24 03:00 in Europe/Paris
      Then these are told, and why:
        | At                   | Target           | Because                                                                                                                |
        | Sun 2027-01-24 03:00 | Ada by e-mail    | Level 1 of Orders names the schedule Database                                                                          |
        |                      |                  | Ada has the turn in Weekly of Database (layer 1), since Tue 2027-01-19 06:00 until Mon 2027-01-25 09:00 (Europe/Paris) |
        |                      |                  | ada@example.com is verified                                                                                            |
        | Sun 2027-01-24 03:15 | Edsger by e-mail | Level 2 of Orders names the team Payments                                                                              |
        |                      |                  | Edsger is in the team Payments                                                                                         |
        |                      |                  | edsger@example.com is verified                                                                                         |
        | Sun 2027-01-24 03:15 | Grace by SMS     | Level 2 of Orders names the team Payments                                                                              |
        |                      |                  | Grace is in the team Payments                                                                                          |
        |                      |                  | +33612345601 is not verified, and no other is                                                                          |
        | Sun 2027-01-24 03:20 | Grace by e-mail  | Level 2 of Orders names the team Payments                                                                              |
        |                      |                  | Grace is in the team Payments                                                                                          |
        |                      |                  | grace@example.com is not verified, and no other is                                                                     |
        |                      |                  | It is told 5 min after the Level, where nobody has answered                                                            |

    Scenario: Whoever does not wait is answered up to the Acknowledgement
      When it is asked who is told if orders-api fails at 2027-01-24 03:00 in Europe/Paris and somebody acknowledges after 5 minutes
      Then these are told, and why:
        | At                   | Target        | Because                                                                                                                |
        | Sun 2027-01-24 03:00 | Ada by e-mail | Level 1 of Orders names the schedule Database                                                                          |
        |                      |               | Ada has the turn in Weekly of Database (layer 1), since Tue 2027-01-19 06:00 until Mon 2027-01-25 09:00 (Europe/Paris) |
        |                      |               | ada@example.com is verified                                                                                            |

    Scenario: The fallback counts where a service has no policy
      Given the fallback Escalation Policy:
        | Level | Targets           |
        | 1     | Barbara by e-mail |
      When it is asked who is told if search-api fails at 2027-01-24 03:00 in Europe/Paris
      Then the policy counts because:
        | Reason                              |
        | search-api has no policy of its own |
        | So the fallback policy counts       |
      And these are told, and why:
        | At                   | Target            | Because                                              |
        | Sun 2027-01-24 02:00 | Barbara by e-mail | Level 1 names barbara@example.com                    |
        |                      |                   | barbara@example.com is not verified, and no other is |

  Rule: Of a person who is not told every reason is said

    Scenario: Somebody else has the turn
      When it is asked why Grace is told, or not, if orders-api fails at 2027-01-24 03:00 in Europe/Paris and somebody acknowledges after 5 minutes
      Then the answer is:
        | Reason                                                                                                                 |
        | Grace is not told                                                                                                      |
        | Grace is not on call in Database then                                                                                  |
        | Ada has the turn in Weekly of Database (layer 1), since Tue 2027-01-19 06:00 until Mon 2027-01-25 09:00 (Europe/Paris) |
        | Grace is on call in Database next from Mon 2027-01-25 09:00 on                                                         |
        | Level 2 of Orders is not reached: Somebody acknowledged at Sun 2027-01-24 03:05                                        |

    Scenario: Somebody else stands in
      When Barbara takes Weekly of Database from 2027-01-20 12:00 until 2027-01-20 18:00
      And it is asked why Ada is told, or not, if orders-api fails at 2027-01-20 15:00 in Europe/Paris
      Then the answer is:
        | Reason                                                                                                                          |
        | Ada is not told                                                                                                                 |
        | Ada is not on call in Database then                                                                                             |
        | Ada has the turn in Weekly of Database (layer 1) then, but somebody stands in                                                   |
        | Barbara stands in for Ada in Weekly of Database (layer 1), since Wed 2027-01-20 12:00 until Wed 2027-01-20 18:00 (Europe/Paris) |
        | Ada is on call in Database next from Wed 2027-01-20 18:00 on                                                                    |

    Scenario: A later layer counts
      When it is asked why Ada is told, or not, if orders-api fails at 2027-01-18 23:00 in Europe/Paris
      Then the answer is:
        | Reason                                                                                                                    |
        | Ada is not told                                                                                                           |
        | Ada is not on call in Database then                                                                                       |
        | Ada has the turn in Weekly of Database (layer 1) then, but a later layer counts                                           |
        | Edsger has the turn in Nights of Database (layer 2), since Mon 2027-01-18 22:00 until Tue 2027-01-19 06:00 (Europe/Paris) |
        | Ada is on call in Database next from Tue 2027-01-19 06:00 on                                                              |

    Scenario: A person is told by one contact method, and not by another
      When it is asked why Ada is told, or not, if orders-api fails at 2027-01-24 03:00 in Europe/Paris
      Then the answer is:
        | Reason                                                      |
        | Ada is told at Sun 2027-01-24 03:00: ada@example.com        |
        | +33612345600 is not verified, and another contact method is |

    Scenario: No Level means the person
      When it is asked why Barbara is told, or not, if orders-api fails at 2027-01-24 03:00 in Europe/Paris
      Then the answer is:
        | Reason                                                              |
        | Barbara is not told                                                 |
        | No Level names Barbara, nor a team or a schedule with Barbara in it |

    Scenario: A service without a policy tells nobody
      When it is asked why Ada is told, or not, if search-api fails at 2027-01-24 03:00 in Europe/Paris
      Then the answer is:
        | Reason                                           |
        | Ada is not told: no policy reaches anybody       |
        | search-api has no policy of its own              |
        | There is no fallback policy: an Alert is refused |
