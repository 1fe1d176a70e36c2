"""Fulfilment: the plan, the orders to systems, and what the person gets."""
