"""survival.py JUNIT PASSED FAILED INCONCLUSIVE: whether the last case of a report counts its iterations so; each a number or a range, 1-6."""

import sys
import xml.etree.ElementTree as ElementTree

path, *wanted = sys.argv[1:]
case = list(ElementTree.parse(path).iter("testcase"))[-1]
said = {property.get("name"): property.get("value") for property in case.iter("property")}
wrong = []
for name, range_text in zip(("passed", "failed", "inconclusive"), wanted):
    low, _, high = range_text.partition("-")
    counted = int(said.get(f"iterations.{name}", -1))
    if not int(low) <= counted <= int(high or low):
        wrong.append(f"{name}: {counted}, and not {range_text}")
if wrong:
    sys.exit("; ".join(wrong))
