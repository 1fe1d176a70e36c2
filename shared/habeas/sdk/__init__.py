"""The promise to connector authors: this package needs the standard library and nothing else."""
