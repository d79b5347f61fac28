"""The management API of a real kernel, as bttest and as BlueZ's btmgmt tell it.

Each check says what it compared; one that fails says both sides. btmgmt prints nothing without a terminal, so it gets one from
script(1).
"""

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

DEVICE = "C0:DE:00:00:00:01"
OUT = Path("/out")
failed = []

# btmgmt's words for settings where they are not bttest's
SETTINGS = {
    "br/edr": "bredr",
    "hs": "high-speed",
    "secure-conn": "secure-connections",
    "debug-keys": "debug-keys",
    "configuration": "controller-configuration",
    "static-addr": "static-address",
    "wide-band-speech": "wideband-speech",
    "sync-receiver": "iso-sync-receiver",
}


def check(what, ok, details=""):
    print(f"{'ok   ' if ok else 'WRONG'} {what}{'' if ok else f': {details}'}", flush=True)
    if not ok:
        failed.append(what)


def bttest(*words, limit=60):
    done = subprocess.run(["bttest", *words], capture_output=True, text=True, timeout=limit)
    return done.returncode, done.stdout, done.stderr


def ask(command, *parameters):
    """A command's reply, or the kernel's refusal."""
    status, out, err = bttest("mgmt", command, *parameters, "--index", "hci0", "--json")
    return (json.loads(out) if out.strip() else {}) if status == 0 else err.strip()


def btmgmt(words, limit=30):
    command = ["script", "-qec", f"timeout {limit} btmgmt {words}", "/dev/null"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=limit + 10)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", done.stdout)


def info():
    _, out, _ = bttest("mgmt", "info", "--json", "--index", "hci0")
    return json.loads(out)


class Watch:
    """What `bttest mgmt monitor` tells while it runs."""

    def __init__(self):
        # on the guest's own disk: what is being written to the host's folder cannot always be read
        self.path = Path(f"/tmp/monitor-{time.monotonic_ns()}.jsonl")
        self.process = subprocess.Popen(
            ["bttest", "mgmt", "monitor", "--json"], stdout=self.path.open("w"), stderr=subprocess.DEVNULL
        )
        time.sleep(1)

    def told(self):
        lines = self.path.read_text().splitlines()
        return [json.loads(line) for line in lines if line.endswith("}")]

    def wait(self, event, seconds=10, **fields):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for one in self.told():
                said = one["fields"]
                if one["event"] == event and all(said.get(k.replace("_", "-")) == v for k, v in fields.items()):
                    return one
            time.sleep(0.1)
        return None

    def end(self):
        self.process.terminate()
        self.process.wait()
        (OUT / self.path.name).write_bytes(self.path.read_bytes())


def words_of(line):
    """Settings of a line that btmgmt printed, in bttest's words."""
    words = line.split(":", 1)[1].split()
    return {SETTINGS.get(word, word) for word in words}


def compare_information():
    printed = btmgmt("info")
    address = re.search(r"addr (\S+) version (\d+) manufacturer (\d+) class (\S+)", printed)
    ours = info()
    check("address", ours["address"] == address[1], f"{ours['address']} and {address[1]}")
    check("version", ours["bluetooth-version"] == int(address[2]), printed)
    check("manufacturer", ours["manufacturer"] == int(address[3]), printed)
    check("class", ours["class-of-device"] == int(address[4], 16), f"{ours['class-of-device']} and {address[4]}")
    for ours_name, theirs in [("supported-settings", "supported settings"), ("current-settings", "current settings")]:
        line = next(line for line in printed.splitlines() if theirs in line)
        wanted = words_of(line)
        # a btmgmt that is older than the kernel leaves out settings that it has no word for
        seen = {word for word in ours[ours_name] if word in wanted or not word.startswith(("cis", "iso", "bit", "ll-", "past"))}
        check(theirs, wanted == seen, f"{sorted(seen)} and {sorted(wanted)}")
    name = re.search(r"^\s*name (.*)$", printed, re.M)[1].strip()
    check("name", ours["name"] == name, f"{ours['name']} and {name}")
    count = int(re.search(r"Index list with (\d+)", printed)[1])
    _, out, _ = bttest("mgmt", "info", "--json")
    check("index list", len(out.splitlines()) == count, printed)


def compare_commands():
    printed = btmgmt("commands")
    commands, events = printed.split(" events:", 1)
    codes = lambda text: {int(code, 16) for code in re.findall(r"\(0x([0-9a-f]{4})\)", text)}
    _, out, _ = bttest("mgmt", "commands", "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    known = lambda kind: {line["code"] for line in lines if kind in line and line["known"]} - {1, 2}
    check("supported commands", codes(commands) == known("command"), f"{codes(commands) ^ known('command')}")
    check("supported events", codes(events) == known("event"), f"{codes(events) ^ known('event')}")
    version = re.search(r"Version (\S+)", btmgmt("version"))
    reply = ask("read-management-version-information")
    check("a version", isinstance(reply, dict) and reply["version"] == 1, reply)
    (OUT / "version").write_text(f"management {reply}, btmgmt {version and version[1]}\n")
    return [line for line in lines if "command" in line and line["known"]]


def power():
    watch = Watch()
    for word, on in [("off", False), ("on", True)]:
        reply = ask("set-powered", f"powered={word}")
        check(f"set powered {word}", isinstance(reply, dict) and ("powered" in reply["current-settings"]) == on, reply)
        line = next(line for line in btmgmt("info").splitlines() if "current settings" in line)
        check(f"btmgmt sees it {word}", ("powered" in words_of(line)) == on, line)
    settings = [one["fields"]["current-settings"] for one in watch.told() if one["event"] == "new-settings"]
    check("new settings told to others", any("powered" not in s for s in settings) and "powered" in settings[-1], settings)
    watch.end()


def discovery():
    watch = Watch()
    printed = btmgmt("--index 0 find -l", 25)
    theirs = set(re.findall(r"dev_found: (\S+) type LE Random", printed))
    found = [one["fields"] for one in watch.told() if one["event"] == "device-found"]
    ours = {one["address"] for one in found if one["address-type"] == "le-random"}
    check("devices found", theirs and theirs == ours, f"{ours} and {theirs}")
    names = {e["value"] for one in found for e in one["eir-data"] if e["type"] == "complete-local-name"}
    check("their names", names == set(re.findall(r"^name (.*\S)", printed, re.M)), f"{names}")
    watch.end()


def bond():
    """Pairing without bluetoothd: everything by commands and events."""
    subprocess.run(["daemon", "stop"], check=True)
    watch = Watch()
    for command in ["set-powered powered=on", "set-low-energy low-energy=on", "set-bondable bondable=on"]:
        check(command, isinstance(reply := ask(*command.split()), dict), reply)
    device = [f"address={DEVICE}", "address-type=le-random"]
    ask("add-device", *device, "action=allow-incoming-connection")
    pairing = subprocess.Popen(
        ["bttest", "mgmt", "pair-device", *device, "io-capability=no-input-no-output", "--index", "hci0", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )
    check("a confirmation is asked for", watch.wait("user-confirmation-request", 20, address=DEVICE), watch.told()[-3:])
    # now, for the kernel ends a link by itself when it is paired and nobody uses it
    connections = ask("get-connections")
    check("connected", DEVICE in json.dumps(connections), connections)
    printed = btmgmt("--index 0 con")
    check("btmgmt sees it connected", DEVICE in printed, printed)
    check("confirmed", isinstance(reply := ask("user-confirmation-reply", *device), dict), reply)
    out, _ = pairing.communicate(timeout=60)
    check("paired", pairing.returncode == 0 and json.loads(out)["address"] == DEVICE, out)
    key = watch.wait("new-long-term-key", 10, address=DEVICE)
    check("its key is told, and not shown", key and key["fields"]["value"] == "[secret]", key)
    # Nobody uses the link, so the kernel may be ending it by itself just now; who ends a link is compared in testplans/kernel.toml.
    reply = ask("disconnect", *device)
    check("disconnected", isinstance(reply, dict) or "onnected" in reply, reply)
    gone = watch.wait("device-disconnected", 10, address=DEVICE)
    check("the reason", gone and gone["fields"]["reason"] in ("local-host", "remote-host"), gone)
    check("unpaired", isinstance(reply := ask("unpair-device", *device), dict), reply)
    check("others hear it", watch.wait("device-unpaired", 10, address=DEVICE), watch.told()[-3:])
    refusal = ask("unpair-device", *device)
    check("a second time it is refused", "Not Paired" in refusal, refusal)
    ask("remove-device", *device)
    watch.end()


# Arguments for every parameter that some command needs, so that each can be sent and is answered.
VALUES = {
    "address": "C0:DE:00:00:00:77", "address-type": "le-random", "uuid": "180f", "name": "lab", "pin-code": "1234",
    "io-capability": "no-input-no-output",
}
OCTETS = {"adv-data", "scan-rsp", "advertising-data", "scan-response", "data", "parameter"}
LISTS = {"keys", "parameters", "patterns", "ad-types"}
SECRETS = ("hash-", "randomizer-", "identity-resolving-key")


def value(command, name):
    if name in LISTS or (command, name) == ("start-service-discovery", "uuid"):
        return "[]"
    if name in OCTETS:
        return ""
    if name.startswith(SECRETS):
        return "00" * 16
    return VALUES.get(name, "0")


def every_command(commands):
    """Nothing that the kernel lists is beyond us: each is encoded, sent and answered, and the answer has no octet too many."""
    answered = 0
    for command in commands:
        name = command["command"]
        parameters = [f"{parameter}={value(name, parameter)}" for parameter in command["parameters"]]
        status, out, err = bttest("mgmt", name, *parameters, "--index", "hci0", "--json", "--timeout", "20")
        taken = status == 1 and re.search("the kernel (answered|did not take)", err) is not None
        good = taken or (status == 0 and '"rest"' not in out)
        answered += good
        if not good:
            check(name, False, f"{parameters}: {status} {out}{err}")
    check("every command that the kernel lists is answered", answered == len(commands), f"{answered} of {len(commands)}")
    print(f"      {answered} commands")


PLAN = """
name = "Capture"
[device.dut]
name = "My_Bluetooth_Device"
transport = "le"
[device.dut.control]
leave = ["device", "stop", "My_Bluetooth_Device"]
[[case]]
id = "LOST-01"
steps = [
  { do = "discover", device = "dut" },
  { do = "pair", device = "dut" },
  { do = "connect", device = "dut", if-needed = true },
  { do = "control", device = "dut", command = "leave" },
  { do = "wait", device = "dut", property = "Connected", equals = false, within = "20s" },
  { do = "expect", device = "dut", property = "Connected", equals = true },
]
"""


def capture():
    plan, run = Path("/tmp/capture.toml"), Path("/tmp/capture")
    plan.write_text(PLAN)
    status, out, err = bttest(
        "run", str(plan), "--allow-exec", "--capture", "--out", str(run), "--junit", "/tmp/capture/junit.xml",
        "--html", str(OUT / "capture.html"), limit=180,
    )
    (OUT / "capture.txt").write_text(out + err)
    check("the case fails, as it is to", status == 1, f"{status}: {out}{err}")
    file = run / "capture/LOST-01-1.btsnoop"
    read = subprocess.run(["btmon", "-r", str(file)], capture_output=True, text=True).stdout
    (OUT / "capture.btmon").write_text(read)
    for part in ["LE Connection Complete", "Disconnect Complete", "SMP: Pairing Request", "@ MGMT Command"]:
        check(f"btmon reads of it: {part}", re.search(part.replace("LE Connection", "LE (Enhanced )?Connection"), read), read[:300])
    keys = re.findall(r"(?:Long term key|Link key|Key|Identity resolving key): ([0-9a-f]{32})", read, re.I)
    check("no key is in it", all(set(key) == {"0"} for key in keys), keys)
    journal = [json.loads(line) for line in (run / "journal.jsonl").read_text().splitlines()]
    reasons = [one["reason"] for one in journal if one["event"] == "hci"]
    check("why the link ended is told", any("link lost" in reason or "ended" in reason for reason in reasons), reasons)
    junit = Path("/tmp/capture/junit.xml").read_text()
    check("JUnit links the capture", "[[ATTACHMENT|capture/LOST-01-1.btsnoop]]" in junit, junit[-600:])
    check("so does the HTML report", "capture/LOST-01-1.btsnoop" in (OUT / "capture.html").read_text())
    subprocess.run(["cp", "-r", str(run), "/out/capture"], check=True)


def removal():
    """The adapter is pulled out: the kernel tells, and a command to it is refused."""
    watch = Watch()
    subprocess.run(["pkill", "btvirt"], check=True)
    check("the adapter's removal is told", watch.wait("index-removed", 20) or watch.wait("extended-index-removed", 1), watch.told()[-3:])
    refusal = ask("read-controller-information")
    check("a command to it is refused", "Invalid Index" in str(refusal), refusal)
    status, out, _ = bttest("mgmt", "info")
    check("none is left", status == 0 and "no controller" in out, out)
    watch.end()


def unprivileged():
    """Without CAP_NET_ADMIN: what works still does, the rest says what to run."""
    plain = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "bttest", "mgmt"]
    done = subprocess.run([*plain, "info"], capture_output=True, text=True)
    check("info works for everybody", done.returncode == 0 and "hci0" in done.stdout, done.stdout + done.stderr)
    done = subprocess.run([*plain, "set-powered", "powered=on", "--index", "hci0"], capture_output=True, text=True)
    told = done.returncode == 3 and "Permission Denied" in done.stderr and "setcap cap_net_admin" in done.stderr
    check("what is not allowed says what to run", told, f"{done.returncode} {done.stderr}")


def capabilities():
    """What README tells a user to do: setcap once, and everything works for everybody who may run the program."""
    program = "/opt/bttest"  # by itself, for through a loader a program has no capabilities of its file
    shutil.copy("/run/lab/bttest/bttest", program)
    subprocess.run(["setcap", "cap_net_admin,cap_net_raw+ep", program], check=True)
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", program]
    started = subprocess.run([*nobody, "--version"], capture_output=True, text=True)
    if started.returncode != 0 and "forky" not in Path("/etc/os-release").read_text():
        print(f"      setcap was not tried here, the host's program needs a newer C library: {started.stderr.strip()}", flush=True)
        return
    check("the program starts by itself", started.returncode == 0, started.stderr)
    reply = subprocess.run([*nobody, "mgmt", "set-bondable", "bondable=on", "--index", "hci0"], capture_output=True, text=True)
    check("nobody may change a setting after setcap", reply.returncode == 0, reply.stdout + reply.stderr)
    plan, run = Path("/tmp/nobody.toml"), Path("/tmp/nobody")
    plan.write_text(PLAN.replace("[device.dut.control]\n", "").replace('leave = ["device", "stop", "My_Bluetooth_Device"]\n', "")
                    .replace('  { do = "control", device = "dut", command = "leave" },\n', "").replace("equals = false", "equals = true"))
    words = ["run", str(plan), "--capture", "--out", str(run)]
    done = subprocess.run([*nobody, *words], capture_output=True, text=True, cwd="/tmp", timeout=120)
    captured = run / "capture/run.btsnoop"
    read = subprocess.run(["btmon", "-r", str(captured)], capture_output=True, text=True).stdout
    check("nobody captures HCI after setcap", done.returncode == 0 and "SMP: Pairing Request" in read, done.stdout + done.stderr)


def descriptors(program):
    """Ten thousand clients of the kernel's own channel, one after the other, as `cargo test --test kernel_channel` has built it."""
    done = subprocess.run(["of-host", program, "--ignored"], capture_output=True, text=True, timeout=600)
    check("ten thousand clients leave no descriptor", done.returncode == 0 and "1 passed" in done.stdout, done.stdout + done.stderr)


compare_information()
commands = compare_commands()
unprivileged()
capabilities()
descriptors(*sys.argv[1:])
power()
discovery()
capture()
subprocess.run(["device", "start", "My_Bluetooth_Device"], check=False)
time.sleep(2)
bond()
every_command(commands)
removal()
print(f"{len(failed)} wrong" if failed else "all as it must be")
sys.exit(1 if failed else 0)
