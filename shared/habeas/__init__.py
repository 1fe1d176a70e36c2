"""Habeas answers data-subject requests: what all its services agree on."""

__version__ = "0.1.0"
