"""What people read on a terminal: a journal, a rehearsal, what is wrong with a policy file."""
