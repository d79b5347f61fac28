"""Compares what independent readers understand of a JUnit report with the journal it was made from.

    junit_readers.py SCHEMA RUN...

Of each RUN it takes journal.jsonl, folds it by rules written down here a second time, and checks that
junitparser, lxml with the schema of Jenkins' xunit plugin, and expat find the same cases, verdicts,
messages and flaky attempts in junit.xml.
"""

import json
import pathlib
import sys
import xml.etree.ElementTree

import junitparser
import lxml.etree

RESULTS = {"fail": "failure", "inconclusive": "error", "skip": "skipped"}

# What the schema does not know and other readers want: annotations on GitHub need file and line,
# properties of a case and the total of skipped ones are read by Jenkins' own plugin and by people.
BEYOND_THE_SCHEMA = [
    ("testsuites", ["skipped"], []),
    ("testcase", ["file", "line"], ["properties"]),
]


class Wrong(Exception):
    """A reader understood something else than the journal says."""


def main(schema, runs):
    schema = lxml.etree.XMLSchema(lxml.etree.parse(schema))
    wrong = 0
    for run in map(pathlib.Path, runs):
        try:
            cases = fold(run / "journal.jsonl")
            report = run / "junit.xml"
            by_junitparser(report, cases)
            by_schema(report, schema)
            by_expat(report, cases)
            print(f"ok    {run.name}: {len(cases)} cases")
        except (Wrong, lxml.etree.Error, xml.etree.ElementTree.ParseError) as error:
            wrong += 1
            print(f"WRONG {run.name}: {error}")
    return 1 if wrong or not runs else 0


def fold(journal):
    """Case by case: its name, verdict, message, and how many attempts failed before the last."""
    cases, ended, plan = {}, False, None
    for line in journal.read_bytes().splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        event, case = record["event"], cases.get(record.get("case"))
        if event == "run-started":
            plan = record
        elif event == "case-started":
            name = f"{record['case']} {record['title']}"
            cases[record["case"]] = {
                "name": name, "verdict": None, "message": None, "reruns": 0, "pending": 0,
            }
        elif event == "attempt-finished" and record["verdict"] in ("fail", "inconclusive"):
            case["pending"] += 1
        elif event == "iteration-finished":
            decided = record["verdict"] in ("fail", "inconclusive")
            case["reruns"] += case["pending"] - (1 if decided and case["pending"] else 0)
            case["pending"] = 0
        elif event == "case-finished":
            case["verdict"] = record["verdict"]
            case["message"] = record.get("cause", {}).get("message")
        elif event == "run-finished":
            ended = True
    for case in cases.values():
        if case["verdict"] is None:
            case.update(verdict="inconclusive", message="the run was cut off here")
    listed = list(cases.values())
    if not ended and all(c["message"] != "the run was cut off here" for c in listed):
        message = f"the run was cut off after {len(listed)} of {plan['cases'] if plan else 0} cases"
        listed.append(
            {"name": "(end of the run)", "verdict": "inconclusive", "message": message, "reruns": 0}
        )
    return name_apart(listed)


def name_apart(cases):
    """Gives each case the name that the report must have."""
    names = set()
    for case in cases:
        name = visible(case["name"])
        if len(name) > 200:
            name = f"{name[:200]}…(+{len(name) - 200})"
        candidate, number = name, 1
        while candidate in names:
            number += 1
            candidate = f"{name} ({number})"
        names.add(candidate)
        case["name"] = candidate
    return cases


def visible(text):
    """What must stand in an attribute for a text from outside."""
    return "".join(as_escape(c) if is_treacherous(ord(c)) else c for c in text)


def as_escape(c):
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(c, f"\\u{{{ord(c):x}}}")


def is_treacherous(code):
    ranges = [
        (0x00, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x61C, 0x61C), (0x200B, 0x200B), (0x200E, 0x200F),
        (0x2028, 0x202E), (0x2060, 0x206F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB), (0xFDD0, 0xFDEF),
        (0xE0000, 0xE007F),
    ]
    return any(first <= code <= last for first, last in ranges) or code & 0xFFFE == 0xFFFE


def same(what, found, expected):
    if found != expected:
        raise Wrong(f"{what}: {found!r}, the journal says {expected!r}")


def by_junitparser(report, cases):
    suites = list(junitparser.JUnitXml.fromfile(str(report)))
    same("number of suites", len(suites), 1)
    suite = suites[0]
    found = list(suite)
    same("names", [case.name for case in found], [case["name"] for case in cases])
    same("classnames", {case.classname for case in found} - {suite.name}, set())
    for attribute, verdict in [("failures", "fail"), ("errors", "inconclusive"), ("skipped", "skip")]:
        expected = sum(case["verdict"] == verdict for case in cases)
        same(attribute, getattr(suite, attribute), expected)
    same("tests", suite.tests, len(cases))
    for case, expected in zip(found, cases):
        results = [r for r in case.result if not r._tag.startswith(("flaky", "rerun"))]
        kinds = [result._tag for result in results]
        result = RESULTS.get(expected["verdict"])
        same(f"results of {case.name}", kinds, [result] if result else [])
        message = visible(expected["message"] or "")
        if results and message[:900] not in results[0].message:
            same(f"message of {case.name}", results[0].message, message)


def by_schema(report, schema):
    document = lxml.etree.parse(str(report))
    for element, attributes, children in BEYOND_THE_SCHEMA:
        for found in document.iter(element):
            for attribute in attributes:
                found.attrib.pop(attribute, None)
            for child in children:
                for extra in found.findall(child):
                    found.remove(extra)
    schema.assertValid(document)


def by_expat(report, cases):
    root = xml.etree.ElementTree.parse(report).getroot()
    found = list(root.iter("testcase"))
    keys = {(case.get("classname"), case.get("name")) for case in found}
    same("distinct names, as GitLab sees them", len(keys), len(cases))
    for case, expected in zip(found, cases):
        passed = expected["verdict"] in ("pass", "skip")
        element = "flakyFailure" if passed else "rerunFailure"
        reruns = case.findall(element)
        same(f"{element} of {case.get('name')}", len(reruns), expected["reruns"])
        if any(not rerun.findtext("stackTrace") for rerun in reruns):
            raise Wrong(f"a {element} of {case.get('name')} has no stackTrace, so Jenkins drops it")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
