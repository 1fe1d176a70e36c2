"""What is put into a vendor's own system where its API does not reach: one folder for each, with its own licence."""

from pathlib import Path

#: The plugin of WordPress that asks the exporters and erasers of all plugins.
WORDPRESS_PLUGIN = Path(__file__).with_name("wordpress") / "habeas.php"
