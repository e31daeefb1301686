"""Imports once the libraries that every run of the tests needs: see `watch.py`.

Importing this module is its whole use. It starts pytest on an empty directory, which imports
pytest, its plugins and their libraries, and then the libraries of the domain. Nothing of `pager`,
of the tests or of the features may be among them: these are read anew by each run.
"""

import gc
from contextlib import redirect_stdout
from io import StringIO
from tempfile import TemporaryDirectory

import email_validator  # noqa: F401
import phonenumbers  # noqa: F401
import pydantic
import pytest

with TemporaryDirectory() as empty, redirect_stdout(StringIO()):
    pytest.main(["--rootdir", empty, empty])

# pydantic loads half of itself when the first model is made.
pydantic.create_model("Model", field=(int, ...))

# A run need not walk through all of this again whenever it looks for garbage.
gc.collect()
gc.freeze()
