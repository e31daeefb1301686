"""The rows of accounts, sessions, invitations, API keys and the audit log.

Their rules are in `pager.access`.

Each class takes Transactions: a whole database, or one transaction of it (`Within`). SqlSessions
and SqlApiKeys take a Database, for its `submit`: they note a use without a wait.

How works lock here (on PostgreSQL; SQLite has one writer anyway):

- A work that decides by rows that may not be there yet (a name is free, another administrator
  remains, this is the first account) locks the whole table: `locking.write_alone`.
- A work that decides by one row locks that row: `SELECT ... FOR UPDATE`.
- A work that expects a row as it was read locks nothing before: it updates the row if it is
  unchanged.
- Nobody waits where somebody may be told to try again: `dialects.try_lock`.

Whatever waits for a lock is named by the `lock_key` of the write: the table, and the key of the
row if it is one row. A transaction does its works in the order of these names, so that no two nodes
wait for each other. What changes an account also deletes its sessions and failed logins: if two
nodes wait for each other there all the same, PostgreSQL makes one of them fail, and nothing of its
work is done.
"""
