"""Files in a folder or an S3 bucket."""

from habeas.connectors.files.connector import FilesConnector

__all__ = ["FilesConnector"]
