"""How many management events python-btsocket decodes in a second: the rival in scripts/bench/mgmt.

Takes the file of packets that our own decoder is measured on; prints one number.
"""

import sys
import time

from btsocket import btmgmt_protocol

SECONDS = 3


def packets(path):
    with open(path, encoding="ascii") as lines:
        return [bytes.fromhex(line) for line in lines if not line.startswith("#")]


def main():
    events = packets(sys.argv[1])
    start, decoded = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - start) < SECONDS:
        for event in events:
            btmgmt_protocol.reader(event)
        decoded += len(events)
    print(round(decoded / elapsed))


if __name__ == "__main__":
    main()
