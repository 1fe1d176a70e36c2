"""The steps of intake's database."""
