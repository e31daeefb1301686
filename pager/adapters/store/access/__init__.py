"""The rows of accounts, sessions, invitations, API keys and the audit log.

Their rules are in `pager.access`; how they lock is in `store.core.locks`. A change of an account
also deletes its sessions and failed logins: if two nodes wait for each other there all the same,
PostgreSQL makes one of them fail, and rolls its work back.

Each class takes Transactions: a whole database, or one transaction of it (`InTransaction`).
SqlSessions and SqlApiKeys take a Database, for its `submit`: they note a use without a wait.
"""
