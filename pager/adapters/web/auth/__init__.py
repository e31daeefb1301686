"""Authentication and authorization: API keys, sessions, passwords, single sign-on."""
