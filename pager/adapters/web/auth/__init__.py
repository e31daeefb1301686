"""Who calls: API keys, sessions, passwords, single sign-on."""
