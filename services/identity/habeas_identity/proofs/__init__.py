"""The room of proofs: each is one way to show who asks; built-in ones come in by entry point like anyone else's."""
