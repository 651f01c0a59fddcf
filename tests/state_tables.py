"""State tables as tests write them out: a row for each state, a column for each step, `-` where it cannot happen."""


def read(table: str) -> dict[tuple[str, str], str | None]:
    """The state after each step in each state, by their values."""
    head, *rows = [line.split() for line in table.strip().splitlines()]
    return {
        (row[0], step): None if after == "-" else after
        for row in rows
        for step, after in zip(head[1:], row[1:], strict=True)
    }
