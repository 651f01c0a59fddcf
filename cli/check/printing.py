"""How the findings are shown to a person."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from cli.check.findings import Findings


def show(console: Console, findings: Sequence[Findings], *, quiet: bool | None) -> None:
    """A table of the truths, then the rows that offend."""
    table = Table(title="What Marque promises")
    table.add_column("", justify="right")
    table.add_column("Truth")
    table.add_column("Checked", justify="right")
    table.add_column("In flight", justify="right")
    table.add_column("Wrong", justify="right")
    table.add_column("")
    for one in findings:
        verdict = "[green]holds[/]" if one.holds else "[red]does not hold[/]"
        counts = (f"{one.checked:,}", f"{one.in_flight:,}", f"{one.wrong:,}") if one.judged else ("", "", "")
        table.add_row(str(one.number), one.title, *counts, verdict if one.judged else "[dim]not judged[/]")
    console.print(table)
    for one in findings:
        for note in one.notes:
            console.print(f"Truth {one.number}: {note}.", highlight=False)
        for offence in one.offences:
            console.print(
                f"Truth {one.number}: {offence.row}: {offence.why}", style="red", highlight=False, markup=False
            )
        if one.wrong > len(one.offences):
            console.print(f"Truth {one.number}: and {one.wrong - len(one.offences):,} more", style="red")
    if quiet is False:
        console.print("The platform did not come to rest in the time given.", style="red")
    console.print("All hold." if holds(findings, quiet=quiet) else "[red]Not all hold.[/]")


def holds(findings: Sequence[Findings], *, quiet: bool | None) -> bool:
    """Return whether all that could be judged holds, of a platform that came to rest where it was asked to."""
    return quiet is not False and all(one.holds for one in findings)
