"""The page in a real browser: headless Chromium, and axe-core for what people cannot read or hear.

Run by `pytest -m browser`. It takes Chromium (Debian's package, or the path in CHROMIUM) and
axe-core: the path of its axe.min.js in AXE_CORE, or npm, which then fetches it.
"""

import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.unit.inputs.page_inputs import embedded
from tests.unit.report.test_beyond_page import make as make_beyond
from tests.unit.report.test_report_page import make

pytestmark = pytest.mark.browser
AXE = "axe-core@4.14.1"
OWN = "not an origin"
SIZES = {"desktop": (1280, 1000), "phone": (500, 900)}  # headless windows are no narrower
# What notes every fault from the first script on
LISTENING = """\
<script>
const faults = [];
addEventListener("error", (event) => faults.push(event.message), true);
addEventListener("unhandledrejection", (event) => faults.push(String(event.reason)));
addEventListener("securitypolicyviolation", (event) => faults.push(event.violatedDirective));
console.error = console.warn = (...words) => faults.push(words.join(" "));
</script>
"""
# What uses the report page as a reader does
USING = """\
  $("#models ~ .wide th:nth-child(3) button").click();
  found.sorted = [...document.querySelectorAll("#models ~ .wide tbody tr")].map(
    (row) => row.cells[2].textContent);
  $("button.zoom").click();
  found.zoomed = $("#zoom").open && $("#zoom img").alt !== "";
  $("#zoom-close").click();
  found.closed = !$("#zoom").open;
  const scatter = Chart.getChart("scatter-chart");
  found.points = scatter.data.datasets.map((each) => each.data.length);
  $("#families input").click();
  found.visible = scatter.data.datasets.map((_, place) => scatter.isDatasetVisible(place));
  $("#indicator").value = "accuracy";
  $("#indicator").dispatchEvent(new Event("change"));
  found.moved = scatter.data.datasets[1].data[0].x;
  $("#alpha").value = 2;
  $("#alpha").dispatchEvent(new Event("input"));
  found.path = [...$("#paths-table tbody").rows[0].cells].map((cell) => cell.textContent);
  location.hash = "#cases-finetuned-kurtosis";
  await new Promise((done) => setTimeout(done, 50));
  found.unfolded = $("#cases-finetuned-kurtosis").open;
"""
# What lets axe-core judge all of a page, once it was used
READING = """\
<script>
addEventListener("load", async () => {
  const $ = (selector) => document.querySelector(selector);
  const found = {};
  USING
  const folded = () => document.querySelectorAll("details:not([open])").length;
  const before = folded();
  dispatchEvent(new Event("beforeprint"));
  found.printed = before > 0 && folded() === 0;
  dispatchEvent(new Event("afterprint"));
  found.folded = folded() === before;
  for (const each of document.querySelectorAll("details")) each.open = true;
  found.unnamed = [...document.images].filter((each) => !each.alt).length;
  found.unseen = [...document.images].filter((each) => !each.naturalWidth).map((each) => each.alt);
  found.dangling = [...document.querySelectorAll('a[href^="#"]')].map((each) => each.hash.slice(1))
    .filter((name) => !document.getElementById(decodeURIComponent(name)));
  const judged = await axe.run();
  found.violations = judged.violations.map(({ impact, id, nodes }) => [impact, id, nodes[0].html]);
  found.requests = performance.getEntriesByType("resource").map((each) => each.name);
  found.wide = document.documentElement.scrollWidth > innerWidth;
  found.faults = faults;
  document.body.replaceChildren();
  document.body.dataset.found = encodeURIComponent(JSON.stringify(found));
});
</script>
"""


@pytest.fixture(scope="module")
def axe(tmp_path_factory):
    """The text of axe-core."""
    if given := os.environ.get("AXE_CORE"):
        return Path(given).read_text(encoding="utf-8")
    folder = tmp_path_factory.mktemp("axe")
    subprocess.run(["npm", "pack", AXE, "--silent"], cwd=folder, check=True, timeout=120)
    (archive,) = folder.glob("*.tgz")
    with tarfile.open(archive) as file:
        return file.extractfile("package/axe.min.js").read().decode()


def opened(path, *flags):
    """The page's elements once its scripts have run, and the requests that left the browser."""
    browser = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert browser, "install Debian's package chromium, or give its path in CHROMIUM"
    log = path.parent / "net.json"
    command = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        "--disable-component-update", f"--user-data-dir={path.parent / 'profile'}",
        f"--log-net-log={log}", "--virtual-time-budget=60000", "--dump-dom", *flags, path.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    events = json.loads(log.read_text(encoding="utf-8"))["events"]
    sent = [each.get("params", {}) for each in events]
    # Of what the browser asks for on its own behalf, no page is the initiator.
    of_page = [each for each in sent if each.get("initiator", OWN) != OWN]
    return done.stdout, {each["url"] for each in of_page if each["url"].startswith("http")}


def read(folder, text, axe, size, scheme, using=""):
    """What was found on a page that is used, read and judged; faults of any page end the test."""
    page = folder / "read.html"
    text = text.replace("<title>", f"{LISTENING}<title>", 1)
    reading = READING.replace("USING", using)
    page.write_text(text.replace("</body>", f"<script>{axe}</script>{reading}</body>"))
    width, height = SIZES[size]
    dark = ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else []
    html, requests = opened(page, f"--window-size={width},{height}", *dark)
    assert "data-found=" in html, "the page's scripts did not end"
    encoded = html.split('data-found="', 1)[1].split('"', 1)[0]
    found = json.loads(unquote(encoded))
    assert found["faults"] == [] and requests == set()
    assert [each for each in found["requests"] if not each.startswith("data:")] == []
    assert [each for each in found["violations"] if each[0] in ("serious", "critical")] == []
    assert found["dangling"] == found["unseen"] == [] and not found["unnamed"]
    assert found["printed"] and found["folded"], "on paper all is unfolded, and then as before"
    assert not found["wide"], "the page is wider than the window"
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_page_is_read_used_and_judged(tmp_path, axe, size, scheme):
    text = make(tmp_path)
    data = embedded(text)
    found = read(tmp_path, text, axe, size, scheme, USING)
    assert found["sorted"] == sorted(found["sorted"], key=float)
    assert found["zoomed"] and found["closed"] and found["unfolded"]
    assert found["points"] == [1, 1] and found["visible"] == [False, True]
    assert found["moved"] == data["scatter"]["models"][1]["values"]["accuracy"][0]
    values = data["paths"]["models"]["ft"]["values"]
    assert found["path"] == ["ft", *(f"{each[2]:.4g}" for each in values.values())]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_page_of_what_lies_beyond_the_paper_is_read_and_judged(tmp_path, axe, size, scheme):
    read(tmp_path, make_beyond(tmp_path), axe, size, scheme)
