"""What all tests share."""

import pytest

pytest.register_assert_rewrite("pager.testing.contract")

pytest_plugins = ["acceptance.steps", "browser"]
