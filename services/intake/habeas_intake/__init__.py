"""The case register and conductor: the portal, the console, the clock and the state of every case."""
