"""The contracts of Marque's services with each other and with the world: ids, codes and events.

Nothing here does I/O or imports more than the standard library and Pydantic, so that partners can install it as it is.
"""
