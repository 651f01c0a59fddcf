"""The base of the tables that every service's database has."""

from sqlalchemy import MetaData


class RuntimeTable:
    """The runtime's tables have metadata of their own, apart from any service's."""

    metadata = MetaData()
