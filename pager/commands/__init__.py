"""The commands of the program: a file for those that go together. `pager.cli` lists them."""

OR_A_SERVER = (
    " Name the folder that has them, or a server: --server URL, with its API key in PAGER_API_KEY "
    "of the environment."
)
"""What a command says that can do without files, where there are none."""
