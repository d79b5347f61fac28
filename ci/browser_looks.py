"""Opens the reports in a folder with headless Chromium and checks what a reader would see.

    browser_looks.py BROWSER DIR

Of DIR it takes soak.html, hostile.html and compared.html, and leaves screenshots and PDFs beside them. Each report is shown in a
frame of a page that measures it; all requests go to a proxy that writes them down and answers none. Last, a report
that is wrong in every way that is checked must be found wrong.
"""

import concurrent.futures
import html
import http.server
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading

# Width, height and colours of what a report is looked at with.
LOOKS = [(360, 800, "light"), (360, 800, "dark"), (1280, 2000, "light"), (1280, 2000, "dark")]

# The reports, each with the sections that not all have and the fewest charts. Where nothing succeeds there is no
# latency to be drawn.
EXPECTED = {"soak": (["measures"], 6), "hostile": ([], 2), "compared": (["comparison", "measures"], 9)}

# What stands in the hostile scene and plan, as it must be readable on the page.
HOSTILE = [
    "</title><script>window.pwned = 'plan'</script> & \"names\"",
    "<img src=x onerror=\"window.pwned='title'\"> ]]> <b>bold</b>",
    "</style><script>window.pwned = 'cause'</script>",
    "]]><script>alert(1)</script>&amp;\"'",
    "\\u{1b}[31mred",
    "\\u{202e}desrever\\u{200b}",
    "0123456789012345678901234567890123456789",
]

# Measures the report in the frame: run in the outer page, since the report itself may run nothing.
PROBE = """
const frame = document.querySelector("iframe");
frame.addEventListener("load", () => {
  const view = frame.contentWindow, page = frame.contentDocument, wide = view.innerWidth;
  const found = { problems: [], text: page.body.innerText };
  const problem = (what, element) => {
    if (found.problems.length < 20)
      found.problems.push(what + (element ? ": " + element.outerHTML.slice(0, 160) : ""));
  };
  if (page.documentElement.scrollWidth > wide)
    problem(`the page is ${page.documentElement.scrollWidth} pixels wide in a window of ${wide}`);
  if (view.pwned !== undefined) problem("a script ran: " + view.pwned);
  page.querySelectorAll("script, img, iframe, object, embed, form, link, b").forEach(e => problem("must not be there", e));
  view.performance.getEntriesByType("resource").forEach(e => problem("was asked for: " + e.name));

  const channels = colour => (colour.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const luminance = ([r, g, b]) => [[r, .2126], [g, .7152], [b, .0722]]
    .map(([c, weight]) => weight * (c / 255 <= .03928 ? c / 3294.6 : ((c / 255 + .055) / 1.055) ** 2.4))
    .reduce((a, b) => a + b);
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = channels(view.getComputedStyle(e).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  found.ground = luminance(behind(page.body));
  for (const element of page.body.querySelectorAll("*")) {
    const own = [...element.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    const box = element.getBoundingClientRect();
    if (!own || !box.width || element.closest("title")) continue;
    if (!element.closest(".wide, pre") && (box.right > wide + 1 || box.left < -1)) problem("leaves the window", element);
    const style = view.getComputedStyle(element), drawn = element.namespaceURI.endsWith("svg");
    if (parseFloat(style.fontSize) < 10.5) problem("is too small to read", element);
    const [a, b] = [luminance(channels(drawn ? style.fill : style.color)), luminance(behind(element))];
    if ((Math.max(a, b) + .05) / (Math.min(a, b) + .05) < 4.5) problem("has too little contrast", element);
  }
  for (const chart of page.querySelectorAll("svg.chart")) {
    if (!chart.getAttribute("aria-label")) problem("has no name", chart);
    const labels = [...chart.querySelectorAll("text")].map(e => [e, e.getBoundingClientRect()]).filter(([, box]) => box.width);
    labels.forEach(([one, a], at) => labels.slice(at + 1).forEach(([other, b]) => {
      if (a.left + 1 < b.right && b.left + 1 < a.right && a.top + 3 < b.bottom && b.top + 3 < a.bottom)
        problem(`overlaps "${other.textContent}"`, one);
    }));
  }
  found.charts = page.querySelectorAll("svg.chart").length;
  found.sections = [...page.querySelectorAll("section")].map(e => e.id);
  found.traces = page.querySelectorAll("details table").length;
  document.querySelector("pre").textContent = JSON.stringify(found);
});
"""


class Wrong(Exception):
    """A report is not as it should be."""


class Proxy(http.server.BaseHTTPRequestHandler):
    """Writes down what the browser asks for, and answers nothing."""

    asked = []

    def handle_one_request(self):
        line = self.rfile.readline(2000).decode("latin-1").strip()
        if line:
            self.asked.append(line)
        self.close_connection = True


def main(browser, folder):
    proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    look = Browser(browser, folder, proxy.server_address[1])
    bad = folder / "bad.html"
    bad.write_text(spoiled((folder / "soak.html").read_text()))
    jobs = [(check, look, folder / f"{name}.html", *view) for name in EXPECTED for view in LOOKS]
    jobs += [(print_out, look, folder / f"{name}.html") for name in EXPECTED]
    wrong = 0
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        started = [(job, pool.submit(*job)) for job in jobs]
        for (_, _, report, *view), future in started:
            name = " ".join([report.stem, *map(str, view or ["printed"])])
            try:
                print(f"ok    {name}: {future.result()}")
            except Wrong as error:
                wrong += 1
                print(f"WRONG {name}: {error}")
    asked = [line for line in Proxy.asked if not by_browser(line)]
    if asked:
        wrong += 1
        print(f"WRONG something was asked for over the network: {asked[:5]}")
    wrong += not finds_what_is_wrong(look, bad)
    bad.unlink()
    return 1 if wrong else 0


def by_browser(line):
    """Whether Chromium asks for this by itself, whatever page is open."""
    return re.search(r"(google|gstatic|googleapis|gvt1)\.com", line) is not None


class Browser:
    """Headless Chromium: each time anew, with no network but the proxy."""

    def __init__(self, program, folder, port):
        self.program, self.folder, self.port = program, folder, port

    def run(self, page, *options):
        with tempfile.TemporaryDirectory() as profile:
            command = [
                self.program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--hide-scrollbars", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--allow-file-access-from-files", "--enable-logging=stderr", f"--user-data-dir={profile}",
                f"--proxy-server=127.0.0.1:{self.port}", "--proxy-bypass-list=<-loopback>", *options, page.as_uri(),
            ]  # fmt: skip
            try:
                done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=60)
            except subprocess.TimeoutExpired:
                raise Wrong("the browser did not end within 60 s") from None
        return done.stdout, [line for line in done.stderr.splitlines() if ":CONSOLE" in line]

    def probe(self, report, width, height, colours):
        """What the page that measures found, with a screenshot left beside the report."""
        name = f"{report.stem}-{width}-{colours}"
        outer = self.folder / f".{name}.html"
        outer.write_text(
            '<!DOCTYPE html><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
            f'<body style="margin:0"><iframe src="{report.resolve().as_uri()}" style="border:0;display:block;'
            f'width:{width}px;height:{height}px"></iframe><pre hidden></pre><script>{PROBE}</script>'
        )
        dom, console = self.run(
            outer.resolve(), "--dump-dom", f"--screenshot={self.folder / name}.png", f"--window-size={width},{height}",
            f"--blink-settings=preferredColorScheme={0 if colours == 'dark' else 1}", "--virtual-time-budget=5000",
        )  # fmt: skip
        outer.unlink()
        result = re.search(r"<pre hidden=\"\">(.+?)</pre>", dom, re.DOTALL)
        if not result:
            raise Wrong(f"the browser measured nothing: {dom[:200]!r}")
        found = json.loads(html.unescape(result[1]))
        found["problems"] += [f"the console says {line[-200:]}" for line in console]
        return found


def check(browser, report, width, height, colours):
    found = browser.probe(report, width, height, colours)
    problems = found["problems"]
    if (found["ground"] < 0.5) != (colours == "dark"):
        problems.append(f"asked for {colours}, the background has a luminance of {found['ground']:.2f}")
    sections, charts = EXPECTED[report.stem]
    expected = ["cases", "course", "causes", "identity", *sections]
    problems += [f"no section {name}" for name in expected if name not in found["sections"]]
    if found["charts"] < charts or found["traces"] < 1:
        problems.append(f"{found['charts']} charts and {found['traces']} traces")
    if report.stem == "hostile":
        problems += [f"does not show {text!r}" for text in HOSTILE if squeezed(text) not in squeezed(found["text"])]
    if problems:
        raise Wrong("\n      ".join(problems))
    return f"{found['charts']} charts, {found['traces']} traces, {len(found['text'])} characters"


def squeezed(text):
    return "".join(text.split())


def print_out(browser, report):
    pdf = report.with_suffix(".pdf")
    browser.run(report.resolve(), f"--print-to-pdf={pdf}", "--no-pdf-header-footer")
    if not pdf.exists() or not pdf.read_bytes().startswith(b"%PDF"):
        raise Wrong("there is no PDF")
    if not shutil.which("pdftotext"):
        return "a PDF (its text was not read: needs pdftotext)"
    text = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout
    parts = ["Cases", "Over time", "Why it failed", "What this was run on"]
    for part in parts + (["Compared with an older run"] if report.stem == "compared" else []):
        if part not in text:
            raise Wrong(f"not on paper: {part}")
    return f"{text.count(chr(12))} pages"


def spoiled(report):
    """The report with something wrong of each kind that is looked for."""
    report = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", report)
    return report.replace(
        "<main>",
        "<main><script>window.pwned = 'control'; console.log('control')</script><img src='http://control.invalid/'>"
        "<div style='width:3000px'>wide</div><p style='font-size:5px;color:#888'>small</p>",
    )


def finds_what_is_wrong(browser, bad):
    try:
        problems = browser.probe(bad, 360, 800, "light")["problems"]
    except Wrong as error:
        problems = [str(error)]
    wanted = ["pixels wide", "a script ran", "must not be there", "too small", "contrast", "the console says"]
    missed = [what for what in wanted if not any(what in problem for problem in problems)]
    if not any("control.invalid" in line for line in Proxy.asked):
        missed.append("a request")
    print(f"WRONG what is wrong on purpose is not found: {missed}" if missed else "ok    what is wrong on purpose is found")
    return not missed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], pathlib.Path(sys.argv[2])))
