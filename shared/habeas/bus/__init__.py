"""The doorbell: how letters get from an outbox to an inbox; only here are kombu and pika known."""

from habeas.bus.port import Publisher, PublishFailed, Receipts, open_publisher, open_receiver

__all__ = ["PublishFailed", "Publisher", "Receipts", "open_publisher", "open_receiver"]
