"""Runs each client on a bus of its own, on which `bttest sim` is bluetoothd.

    run.py BTTEST

A client is a program of this folder; status 0 means that it got what it should have got. It may take a minute.
"""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

FOLDER = pathlib.Path(__file__).parent
CLIENTS = ("bluetoothctl_client.py", "bleak_client.py", "bluezero_client.py")


@contextlib.contextmanager
def running(*command):
    """A process and the first line that it prints; it is ended by SIGTERM."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(timeout=10)


def run(bttest, client, folder):
    bus = ("dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address")
    bus += (f"--address=unix:path={folder}/bus",)
    with running(*bus) as (_, address):
        began = time.monotonic()
        with running(bttest, "sim", "--bus", address, "--scene", str(FOLDER / "scene.toml")) as (simulator, ready):
            took = time.monotonic() - began
            if not ready.startswith("ready: org.bluez"):
                return f"the simulator says {ready!r}"
            environment = os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": address}
            try:
                ended = subprocess.run([sys.executable, str(FOLDER / client)], env=environment, timeout=60)
            except subprocess.TimeoutExpired:
                return "it does not end"
            if ended.returncode != 0:
                return f"status {ended.returncode}"
            simulator.send_signal(signal.SIGINT)
            status = simulator.wait(timeout=10)
            if status != 0:
                return f"the simulator ends with status {status}"
    print(f"      simulator ready after {took * 1000:.0f} ms")
    return None


def main(bttest):
    wrong = 0
    for client in CLIENTS:
        with tempfile.TemporaryDirectory(prefix="bttest-bus-") as folder:
            began = time.monotonic()
            trouble = run(bttest, client, folder)
        wrong += trouble is not None
        print(f"{'WRONG' if trouble else 'ok   '} {client} ({time.monotonic() - began:.1f} s) {trouble or ''}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
