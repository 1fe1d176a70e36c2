"""Turns datasets that were written for Fides into data maps; what has no counterpart is told with its line."""

from habeas.connectors.sql.fides.conversion import Converted, convert
from habeas.connectors.sql.fides.datasets import Dataset
from habeas.connectors.sql.fides.reading import read_datasets
from habeas.connectors.sql.fides.writing import write_map

__all__ = ["Converted", "Dataset", "convert", "read_datasets", "write_map"]
