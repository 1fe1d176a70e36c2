"""What tests of Habeas and of its connectors need: ships with the package, and never runs in production."""
