"""The steps of the notifier's database."""
