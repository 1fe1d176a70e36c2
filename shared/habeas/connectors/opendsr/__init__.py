"""Processors that take requests by OpenDSR 2.0: mParticle, AppsFlyer, another Habeas."""

from habeas.connectors.opendsr.connector import OpenDsrConnector

__all__ = ["OpenDsrConnector"]
