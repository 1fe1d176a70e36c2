"""The notifier: writes to people, and shows the local inbox of the embedded mode."""
