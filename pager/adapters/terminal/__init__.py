"""What people read on a terminal: the start, a journal, a rehearsal, a policy file's errors."""
