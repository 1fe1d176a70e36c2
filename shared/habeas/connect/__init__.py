"""The runner: drives one connector behind the same inbox, outbox and executor as any service."""
