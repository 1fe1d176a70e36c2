"""How work is done and survives: outbox, inbox, relay, receiver, executor."""
