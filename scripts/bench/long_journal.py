"""Makes a longer journal out of that of a night, by repeating its iterations with numbers and times that go on.

    python3 scripts/bench/long_journal.py RUN/journal.jsonl ITERATIONS > LONG/journal.jsonl
"""

import json
import sys


def iterations_of(records):
    """The records of each iteration of the one case, and the records before and after them."""
    before, iterations, after = [], {}, []
    for record in records:
        if "iteration" in record:
            iterations.setdefault(record["iteration"], []).append(record)
        else:
            (after if iterations else before).append(record)
    return before, list(iterations.values()), after


def main(path, times):
    with open(path, encoding="utf-8") as lines:
        before, iterations, after = iterations_of(map(json.loads, lines))
    n = t = 0

    def tell(records):
        nonlocal n, t
        start = t - records[0]["t"]
        for record in records:
            n += record.get("records", 1)
            t = start + record["t"]
            print(json.dumps({**record, "n": n - 1, "t": t}, separators=(",", ":"), ensure_ascii=False))

    for record in before:
        if record["event"] == "case-started":
            record["iterations"] = times
    tell(before)
    for number in range(1, times + 1):
        records = iterations[(number - 1) % len(iterations)]
        t += records[-1].get("took_us", 0) if len(records) == 1 else 0
        tell([{**record, "iteration": number} for record in records])
    tell(after)


main(sys.argv[1], int(sys.argv[2]))
