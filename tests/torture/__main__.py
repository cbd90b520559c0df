"""``python -m tests.torture``: run the scenarios, print what they came to."""

import argparse
import json
import sys
import time
from pathlib import Path

from tests.torture import amounts, faults
from tests.torture.scene import DATABASES, Outcome

RUN = {
    "kills": faults.kills,
    "recovery": faults.recovery,
    "restarts": faults.restarts,
    "full": faults.full,
    "misbehaviour": faults.misbehaviour,
    "order": amounts.order,
    "burst": amounts.burst,
    "load": amounts.load,
    "fairness": amounts.fairness,
}
ALONE = {"soak": amounts.soak}


def main() -> None:
    """Run what is asked for; end with 1 if a promise was broken."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("scenario", nargs="*", metavar="SCENARIO", help=", ".join(RUN | ALONE))
    options.add_argument("--database", choices=DATABASES, action="append")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--reviews", type=int, help="how many, where a scenario lets you choose")
    options.add_argument("--json", type=Path, help="where to put the figures")
    given = options.parse_args()
    outcomes: list[Outcome] = []
    for name in given.scenario or RUN:
        for database in given.database or DATABASES:
            print(f"{name} on {database}, seed {given.seed} ...", flush=True)
            began = time.monotonic()
            more = {"reviews": given.reviews} if given.reviews else {}
            outcome = (RUN | ALONE)[name](database, given.seed, **more)
            outcomes.append(outcome)
            print(json.dumps(outcome.figures, indent=1))
            for each in outcome.wrong:
                print(f"BROKEN: {each}")
            took = time.monotonic() - began
            print(f"{'BROKEN' if outcome.wrong else 'held'} after {took:.0f} s\n", flush=True)
    if given.json:
        given.json.write_text(json.dumps([vars(each) for each in outcomes], indent=1))
    if any(outcome.wrong for outcome in outcomes):
        sys.exit("a promise was broken")


if __name__ == "__main__":
    main()
