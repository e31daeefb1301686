Feature: A schedule says who is on call at any moment
  People take turns in rotations. Handovers and hours are written as people read them on the clock on the
  wall, and a day has 24 hours there, also when the clocks are put forward or back. A time that is skipped
  is the moment at which the clock is put forward. A time that comes twice is its first time.
  Whoever stands in takes the place of one rotation, or the whole schedule. Where nobody is on call, the
  schedule says so.

  Rule: In a rotation each takes a turn after the other

    Scenario: The next in the row takes over at the handover
      Given the schedule Database in Europe/Paris:
        | Rotation | Participants       | Starts           | Shift  |
        | Weekly   | Ada, Grace, Edsger | 2027-01-18 09:00 | 7 days |
      When it is 2027-02-01 08:59 in Europe/Paris
      Then Grace is on call in Database

    Scenario: After the last in the row comes the first
      Given the schedule Database in Europe/Paris:
        | Rotation | Participants       | Starts           | Shift  |
        | Weekly   | Ada, Grace, Edsger | 2027-01-18 09:00 | 7 days |
      When Database is read from 2027-01-18 09:00 until 2027-02-15 09:00
      Then these are its shifts:
        | On call | From             | Until            |
        | Ada     | 2027-01-18 09:00 | 2027-01-25 09:00 |
        | Grace   | 2027-01-25 09:00 | 2027-02-01 09:00 |
        | Edsger  | 2027-02-01 09:00 | 2027-02-08 09:00 |
        | Ada     | 2027-02-08 09:00 | 2027-02-15 09:00 |

    Scenario: Nobody is on call before a rotation starts, nor after it ends
      Given the schedule Database in Europe/Paris:
        | Rotation | Participants | Starts           | Shift  | Ends             |
        | Weekly   | Ada, Grace   | 2027-01-18 09:00 | 7 days | 2027-01-28 18:00 |
      When Database is read from 2027-01-18 until 2027-01-30
      Then these are its shifts:
        | On call | From             | Until            |
        | nobody  | 2027-01-18 00:00 | 2027-01-18 09:00 |
        | Ada     | 2027-01-18 09:00 | 2027-01-25 09:00 |
        | Grace   | 2027-01-25 09:00 | 2027-01-28 18:00 |
        | nobody  | 2027-01-28 18:00 | 2027-01-30 00:00 |

    Scenario: In two rotations side by side both are on call
      Given the schedule Database in Europe/Paris:
        | Rotation  | Participants  | Starts           | Shift  |
        | Primary   | Ada, Grace    | 2027-01-18 09:00 | 7 days |
        | Secondary | Edsger, Ada   | 2027-01-18 09:00 | 1 day  |
      When Database is read from 2027-01-18 09:00 until 2027-01-21 09:00
      Then these are its shifts:
        | On call     | From             | Until            |
        | Ada, Edsger | 2027-01-18 09:00 | 2027-01-19 09:00 |
        | Ada         | 2027-01-19 09:00 | 2027-01-20 09:00 |
        | Ada, Edsger | 2027-01-20 09:00 | 2027-01-21 09:00 |

  Rule: A turn without an hour in which somebody serves is nobody's, so that everybody serves the same share

    Scenario: Of seven people in a daily rotation for working days each serves, not only five
      Given the schedule Database in Europe/Paris:
        | Rotation | Participants                                    | Starts           | Shift | Hours                        |
        | Daily    | Ada, Grace, Edsger, Barbara, Alan, Donald, Jean | 2027-01-18 00:00 | 1 day | Monday to Friday 09:00-17:00 |
      When Database is read from 2027-01-22 until 2027-01-27
      Then these are its shifts:
        | On call | From             | Until            |
        | nobody  | 2027-01-22 00:00 | 2027-01-22 09:00 |
        | Alan    | 2027-01-22 09:00 | 2027-01-22 17:00 |
        | nobody  | 2027-01-22 17:00 | 2027-01-25 09:00 |
        | Donald  | 2027-01-25 09:00 | 2027-01-25 17:00 |
        | nobody  | 2027-01-25 17:00 | 2027-01-26 09:00 |
        | Jean    | 2027-01-26 09:00 | 2027-01-26 17:00 |
        | nobody  | 2027-01-26 17:00 | 2027-01-27 00:00 |

    Scenario: A night that begins on Sunday goes on until Monday morning
      Given the schedule Database in Europe/Paris:
        | Rotation | Participants | Starts           | Shift | Hours              |
        | Nights   | Ada, Grace   | 2027-01-18 12:00 | 1 day | Sunday 22:00-06:00 |
      When Database is read from 2027-01-24 12:00 until 2027-01-25 12:00
      Then these are its shifts:
        | On call | From             | Until            |
        | nobody  | 2027-01-24 12:00 | 2027-01-24 22:00 |
        | Ada     | 2027-01-24 22:00 | 2027-01-25 06:00 |
        | nobody  | 2027-01-25 06:00 | 2027-01-25 12:00 |

    Scenario: Hours may last from one weekday until another
      Given the schedule Database in Europe/Paris:
        | Rotation | Participants | Starts           | Shift  | Hours                        |
        | Weekends | Ada, Grace   | 2027-01-18 00:00 | 7 days | Friday 18:00 to Monday 00:00 |
      When Database is read from 2027-01-25 until 2027-02-01
      Then these are its shifts:
        | On call | From             | Until            |
        | nobody  | 2027-01-25 00:00 | 2027-01-29 18:00 |
        | Grace   | 2027-01-29 18:00 | 2027-02-01 00:00 |

  Rule: The later layer counts wherever it has somebody

    Scenario: The first layer has whatever the later one leaves
      Given the schedule Database in Europe/Paris:
        | Layer | Rotation | Participants | Starts           | Shift  | Hours                        |
        | 1     | Weekly   | Ada, Grace   | 2027-01-18 09:00 | 7 days |                              |
        | 2     | Office   | Edsger       | 2027-01-18 09:00 | 7 days | Monday to Friday 09:00-17:00 |
      When Database is read from 2027-01-22 12:00 until 2027-01-25 12:00
      Then these are its shifts:
        | On call | From             | Until            |
        | Edsger  | 2027-01-22 12:00 | 2027-01-22 17:00 |
        | Ada     | 2027-01-22 17:00 | 2027-01-25 09:00 |
        | Edsger  | 2027-01-25 09:00 | 2027-01-25 12:00 |

  Rule: Whoever stands in is on call in the place of others

    Background:
      Given the schedule Database in Europe/Paris:
        | Rotation  | Participants | Starts           | Shift  | Hours             |
        | Primary   | Ada, Grace   | 2027-01-18 09:00 | 7 days |                   |
        | Secondary | Edsger       | 2027-01-18 09:00 | 7 days | daily 08:00-20:00 |

    Scenario: Whoever takes the whole schedule is on call alone
      When Barbara takes Database from 2027-01-20 18:00 until 2027-01-21 09:00
      And Database is read from 2027-01-20 12:00 until 2027-01-21 12:00
      Then these are its shifts:
        | On call     | From             | Until            |
        | Ada, Edsger | 2027-01-20 12:00 | 2027-01-20 18:00 |
        | Barbara     | 2027-01-20 18:00 | 2027-01-21 09:00 |
        | Ada, Edsger | 2027-01-21 09:00 | 2027-01-21 12:00 |

    Scenario: Whoever takes the place of one rotation leaves the others
      When Barbara takes Primary of Database from 2027-01-20 12:00 until 2027-01-20 13:00
      And it is 2027-01-20 12:30 in Europe/Paris
      Then Barbara, Edsger are on call in Database

    Scenario: A rotation may be taken when nobody has its turn
      When Barbara takes Secondary of Database from 2027-01-20 23:00 until 2027-01-21 01:00
      And it is 2027-01-21 00:00 in Europe/Paris
      Then Ada, Barbara are on call in Database

    Scenario: Whoever takes it later counts
      When Barbara takes Database from 2027-01-20 12:00 until 2027-01-20 18:00
      And Grace takes Database from 2027-01-20 17:00 until 2027-01-20 19:00
      And it is 2027-01-20 17:30 in Europe/Paris
      Then Grace is on call in Database

    Scenario: Who took the whole schedule stays on call beside those who take a rotation later
      When Barbara takes Database from 2027-01-20 12:00 until 2027-01-20 18:00
      And Grace takes Primary of Database from 2027-01-20 12:00 until 2027-01-20 18:00
      And it is 2027-01-20 15:00 in Europe/Paris
      Then Barbara, Grace are on call in Database

  Rule: The clocks are put forward and back without a gap, and nobody is skipped

    Scenario: A handover at a time that is skipped takes place when the clock is put forward
      Given the schedule Database in Europe/Paris:
        | Rotation | Participants | Starts           | Shift |
        | Daily    | Ada, Grace   | 2027-03-27 02:30 | 1 day |
      When Database is read from 2027-03-27 12:00 until 2027-03-28 12:00
      Then these are its shifts:
        | On call | From             | Until            |
        | Ada     | 2027-03-27 12:00 | 2027-03-28 03:00 |
        | Grace   | 2027-03-28 03:00 | 2027-03-28 12:00 |

    Scenario Outline: A handover at a time that comes twice takes place the first time
      Given the schedule Database in Europe/Paris:
        | Rotation | Participants | Starts           | Shift |
        | Daily    | Ada, Grace   | 2027-10-30 02:30 | 1 day |
      When it is <moment> in UTC
      Then <person> is on call in Database

      Examples:
        | moment           | person |
        | 2027-10-31 00:29 | Ada    |
        | 2027-10-31 00:30 | Grace  |
        | 2027-10-31 01:29 | Grace  |
        | 2027-10-31 01:30 | Grace  |

    Scenario Outline: Whoever has the end of an hour has it until it is over for the second time
      Given the schedule Database in Europe/Paris:
        | Rotation | Participants                | Starts           | Shift  |
        | Hourly   | Ada, Grace, Edsger, Barbara | 2027-10-31 00:00 | 1 hour |
      When it is <moment> in UTC
      Then <person> is on call in Database

      Examples:
        | moment           | person  |
        | 2027-10-30 23:59 | Grace   |
        | 2027-10-31 00:00 | Edsger  |
        | 2027-10-31 01:59 | Edsger  |
        | 2027-10-31 02:00 | Barbara |

    Scenario: Clocks that are put forward by half an hour
      Given the schedule Database in Australia/Lord_Howe:
        | Rotation | Participants | Starts           | Shift    | Hours             |
        | Nights   | Ada, Grace   | 2027-10-01 12:00 | 24 hours | daily 02:15-02:45 |
      When Database is read from 2027-10-02 12:00 until 2027-10-03 12:00
      Then these are its shifts:
        | On call | From             | Until            |
        | nobody  | 2027-10-02 12:00 | 2027-10-03 02:30 |
        | Grace   | 2027-10-03 02:30 | 2027-10-03 02:45 |
        | nobody  | 2027-10-03 02:45 | 2027-10-03 12:00 |

    Scenario: The turn of a day that does not exist has no length, and the next one comes in its place
      Given the schedule Database in Pacific/Apia:
        | Rotation | Participants       | Starts           | Shift |
        | Daily    | Ada, Grace, Edsger | 2011-12-29 00:00 | 1 day |
      When Database is read from 2011-12-29 until 2012-01-01
      Then these are its shifts:
        | On call | From             | Until            |
        | Ada     | 2011-12-29 00:00 | 2011-12-31 00:00 |
        | Edsger  | 2011-12-31 00:00 | 2012-01-01 00:00 |
