Feature: A team tests its own on-call

  A team writes scenarios like these about its own services, people and schedules, and `pager verify`
  runs them. They say when it is, what happens, and who was reached then.

  Background:
    Given these people can be reached:
      | Person | By                          |
      | Ada    | e-mail, SMS after 5 minutes |
      | Grace  | e-mail                      |
      | Edsger | SMS                         |
    And the team Payments is Ada and Grace
    And the shared policy Payments:
      | Level | Targets | Acknowledgement Delay |
      | 1     | Ada     | 10 minutes            |
      | 2     | Edsger  | 15 minutes            |
    And checkout-api uses the shared policy Payments

  Scenario: Somebody is woken on a Sunday night
    Given it is Sunday 03:00 in Europe/Paris
    When checkout-api raises the Alert "replication stopped"
    And 5 minutes pass
    Then somebody of the team Payments was reached by SMS
    And Ada was reached by e-mail
    And Grace was not reached
    And Edsger was not reached by SMS

  Scenario: Somebody is woken on every night of thirteen months, also when the clocks change
    Given it is any day at 02:30 in Europe/Paris
    When checkout-api raises the Alert "replication stopped"
    Then somebody was reached

  Scenario: Whoever takes over a schedule is reached in the place of the others
    Given it is 2027-12-24 09:00 in Europe/Paris
    And Ada is on call in Database
    And the shared policy Database:
      | Level | Targets             |
      | 1     | on call in Database |
    And search-api uses the shared policy Database
    When Grace takes over Database for 8 hours
    And search-api raises the Alert "replication stopped"
    And 7 minutes pass
    Then somebody on call in Database was reached by e-mail
    And Ada was not reached

  Scenario: Somebody is reached whenever it breaks
    When any service raises an Alert at any minute of the next 13 months
    Then somebody is reached within 5 minutes
    And no Level is empty

  Scenario: Whoever is on call can be reached, whenever that is
    Given Ada is on call in Database for 7 days, and then Grace
    When the next 13 months pass
    Then everybody on call can be reached

  Scenario: Nobody is reached while the mail server is down
    Given it is any Monday at 09:00 in Europe/Paris
    And the mail server is down
    When checkout-api raises the Alert "replication stopped"
    Then nobody was reached
