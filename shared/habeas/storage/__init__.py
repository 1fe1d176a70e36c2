"""The store: sealed packages, uploads and evidence, under keys that are written once."""

from habeas.storage.store import AlreadyStored, NotStored, Store, Stored, open_store

__all__ = ["AlreadyStored", "NotStored", "Store", "Stored", "open_store"]
