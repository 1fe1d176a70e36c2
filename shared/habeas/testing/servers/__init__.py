"""Real counterparts on loopback for tests and demonstrations: found, started or installed, ended with the session."""
