"""night.py JUNIT ITERATIONS FAULTS: whether the report of a soak counts each iteration, and each fault as the bench's."""

import sys
import xml.etree.ElementTree as ElementTree

path, iterations, faults = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
case = next(case for case in ElementTree.parse(path).iter("testcase") if case.get("name", "").startswith("SOAK-01"))
said = {property.get("name"): property.get("value") for property in case.iter("property")}
expected = {
    "iterations": str(iterations),
    "iterations.passed": str(iterations - faults),
    "iterations.failed": "0",
    "iterations.inconclusive": str(faults),
}
wrong = {name: said.get(name) for name, value in expected.items() if said.get(name) != value}
if wrong or case.find("error") is None or case.find("failure") is not None:
    sys.exit(f"the report says {wrong}, and not {expected}; error {case.find('error')}, failure {case.find('failure')}")
print("\n".join(f"{name}: {value}" for name, value in said.items()))
