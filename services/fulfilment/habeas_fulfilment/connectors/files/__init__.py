"""Files in a folder or an S3 bucket."""

from habeas_fulfilment.connectors.files.connector import FilesConnector

__all__ = ["FilesConnector"]
