"""Proposes a data map from a live schema; what a person has to decide is left open, and nothing is left out."""

from habeas.connectors.sql.proposing.proposal import Proposal, propose
from habeas.connectors.sql.proposing.survey import look
from habeas.connectors.sql.proposing.writing import write

__all__ = ["Proposal", "look", "propose", "write"]
