"""Environment, servers and supervision of a checkout; the standard library alone, Python 3.11 or newer."""
