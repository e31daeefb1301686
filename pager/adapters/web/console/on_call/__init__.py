"""The pages of who is on call: schedules, people and how they are reached, teams."""
