"""Vendors with an HTTP API, each described by a file and no code."""

from habeas.connectors.http.connector import HttpConnector

__all__ = ["HttpConnector"]
