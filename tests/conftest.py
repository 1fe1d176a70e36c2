"""Every test has the test bed at hand."""

pytest_plugins = ["habeas.testing.fixtures"]
