"""Who may do what: roles, scopes of API keys, how often and how long. Pure, like the domain."""
