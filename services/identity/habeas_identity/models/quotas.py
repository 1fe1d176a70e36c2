"""How often something happened lately."""

from habeas.work.quotas import Uses
from habeas_identity.models.declared import Base


class QuotaUse(Uses, Base):
    """How often something happened lately, under a key that names nobody."""

    __tablename__ = "quota_use"
