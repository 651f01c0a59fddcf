"""The commands of `marque-partner`, each over `marque_client`."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from marque_client.errors import ApiError, MarqueError
from marque_client.partner.listening import listen
from marque_client.periodic import sleep
from marque_client.sync.client import Marque

_LOOK_SECONDS = 2.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command: 0 where all went well, 1 where something was refused, 2 where the command was not understood."""
    given = _parser().parse_args(arguments)
    try:
        with Marque(given.url, given.key) as marque:
            code: int = given.run(marque, given)
            return code
    except ApiError as error:
        print(f"marque-partner: {error}", file=sys.stderr)
        for one in error.errors:
            meant = f" (did you mean {one.suggestion}?)" if one.suggestion else ""
            print(f"  {one.pointer or one.parameter}: {one.message}{meant}", file=sys.stderr)
    except (MarqueError, OSError, ValueError) as error:
        print(f"marque-partner: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


def file(marque: Marque, given: argparse.Namespace) -> int:
    """File a report for each listing of a file, and say which rows were refused."""
    begun = marque.imports.create(given.file, defaults=_json(given.defaults), mapping=_json(given.mapping))
    print(f"{begun.id} is being filed", file=sys.stderr)
    done = marque.imports.wait(begun.id)
    print(f"{done.id} {done.state}: {done.filed} filed in {done.reports} reports, {done.refused} refused")
    if done.refused:
        refused = marque.imports.errors(done.id)
        if given.errors:
            given.errors.write_text(refused, encoding="utf-8", newline="")
            print(f"The refused rows are in {given.errors}: mend and file them.", file=sys.stderr)
        else:
            sys.stdout.write(refused)
    return 1 if done.refused or done.state != "completed" else 0


def follow(marque: Marque, given: argparse.Namespace) -> int:
    """Print what becomes of reports until each is decided; without ids, of all that are open."""
    waiting = list(given.reports) or [one.id for one in marque.reports.each() if one.completed_at is None]
    seen: dict[str, str] = {}
    while waiting:
        for report in [marque.reports.get(one) for one in waiting]:
            for item in report.items:
                said = " ".join(filter(None, [item.state, item.code or "", item.public_reason or ""]))
                if seen.get(item.id) != said:
                    print(f"{report.id} {item.url} {said}", flush=True)
                    seen[item.id] = said
            if report.completed_at:
                waiting.remove(report.id)
        if waiting:
            sleep(_LOOK_SECONDS)
    return 0


def answer(marque: Marque, given: argparse.Namespace) -> int:
    """Answer what a reviewer asks about a report, with files where they help."""
    sent = [marque.evidence.upload(path).id for path in given.evidence]
    report = marque.reports.answer(given.report, given.explanation, evidence_ids=sent, reopen=given.reopen)
    print(f"{report.id} {report.state}")
    return 0


def forward(marque: Marque, given: argparse.Namespace) -> int:
    """Send the account's events to a local address, signed as webhooks are, until it is stopped."""
    listen(marque, given.to, types=given.types, after=given.after, secret=given.secret, most=given.most)
    return 0


def _json(text: str | None) -> Any:
    """JSON as it is written, or in the file that is named."""
    if text is None:
        return None
    is_path = not text.lstrip().startswith(("{", "["))
    return json.loads(Path(text).read_text(encoding="utf-8") if is_path else text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="marque-partner",
        description="Reports and events of your account. There is no test mode yet: what you file is filed.",
    )
    parser.add_argument("--url", default=os.environ.get("MARQUE_URL"), help="the platform; else MARQUE_URL")
    parser.add_argument("--key", default=os.environ.get("MARQUE_KEY"), help="your API key; else MARQUE_KEY")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    one = commands.add_parser("file", help="file the listings of a CSV or JSON Lines file")
    one.add_argument("file", type=Path)
    one.add_argument("--defaults", help="fields of every report: JSON, or a file of it")
    one.add_argument("--mapping", help="which field each column is: JSON, or a file of it")
    one.add_argument("--errors", type=Path, help="where the refused rows go; else they are printed")
    one.set_defaults(run=file)

    one = commands.add_parser("follow", help="wait for decisions, and print what changes")
    one.add_argument("reports", nargs="*", metavar="REPORT")
    one.set_defaults(run=follow)

    one = commands.add_parser("answer", help="answer what a reviewer asks")
    one.add_argument("report", metavar="REPORT")
    one.add_argument("explanation")
    one.add_argument("--evidence", type=Path, action="append", default=[], help="a file; may be repeated")
    one.add_argument("--reopen", action="store_true", help="after the time for an answer is over")
    one.set_defaults(run=answer)

    one = commands.add_parser("listen", help="forward events to a local address, as webhooks would come")
    one.add_argument("--to", required=True, metavar="URL", help="such as http://127.0.0.1:9000/marque")
    one.add_argument("--types", action="append", help="such as decision.* (all); may be repeated")
    one.add_argument("--after", default="latest", help="go on after this event; latest (the default), or all")
    one.add_argument("--secret", help="what to sign with; else one is made and printed")
    one.add_argument("--most", type=int, help="stop after so many events")
    one.set_defaults(run=forward)
    return parser
