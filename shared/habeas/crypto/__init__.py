"""Keys and what is done with them: signing, sealing, streams, data keys; only vetted primitives of `cryptography`."""
