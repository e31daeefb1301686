"""What all tests share."""

pytest_plugins = ["acceptance.steps"]
