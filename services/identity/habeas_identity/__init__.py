"""Who asks: the proofs, the agents and their grants."""
