"""The doorbell: how letters get from one participant's outbox to another's inbox. Only here are kombu and pika known."""

from habeas.bus.port import Publisher, PublishFailed, Receipts, open_publisher, open_receiver

__all__ = ["PublishFailed", "Publisher", "Receipts", "open_publisher", "open_receiver"]
