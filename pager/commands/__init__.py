"""The commands of the program: a file for those that go together. `pager.cli` lists them."""
