"""Fakes of vendors' APIs, with state, that ship: each behaves as its vendor's pages say, traps included."""
