"""The built book on a loopback address, and one Chromium that reaches nothing else."""

import functools
import os
import shutil
import subprocess
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def address():
    if not (HTML / "index.html").is_file():
        pytest.fail(f"{HTML}: no built book, expected one from `make book`")
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(HTML)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()


@pytest.fixture(scope="session")
def browser():
    path = shutil.which("chromium") or CHROMIUM
    if not Path(path).is_file():
        pytest.fail(f"{path}: no Chromium, expected Debian's package `chromium`")
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def screens():
    """Where pictures of the pages go when CIRCLES_SCREENS is set: they take half of a page's time."""
    if not os.environ.get("CIRCLES_SCREENS"):
        return None
    folder = ROOT / "_build" / "screens"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def axe():
    """The text of axe-core, of the version in package.json, fetched once by npm into _build."""
    folder = ROOT / "_build" / f"axe{os.environ.get('PYTEST_XDIST_WORKER', '')}"  # npm locks no folder
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(Path(__file__).parent / name, folder)
        npm = ["npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(npm, cwd=folder, capture_output=True, text=True, encoding="utf-8")
        assert script.is_file(), f"npm fetched no axe-core: {done.stderr or done.stdout}"
    return script.read_text(encoding="utf-8")


class Visit:
    """A page opened as a reader would open it, and all that went wrong while it loaded."""

    def __init__(self, browser, address, *, width, scheme):
        self.faults = []
        self._host = urlsplit(address).netloc
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        context.set_default_timeout(60_000)
        context.route("**/*", self._route)
        self.page = context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        self.page.on("requestfailed", lambda request: self.faults.append(f"failed request: {request.url}"))
        self.page.on("response", self._answered)

    def _route(self, route):
        parts = urlsplit(route.request.url)
        if parts.scheme in ("data", "blob") or parts.netloc == self._host:
            route.continue_()
        else:
            self.faults.append(f"request to another host: {route.request.url}")
            route.abort()

    def _heard(self, message):
        if message.type == "error":
            self.faults.append(f"console: {message.text}")

    def _answered(self, response):
        if response.status >= 400:
            self.faults.append(f"status {response.status}: {response.url}")

    def open(self, url):
        self.page.goto(url, wait_until="load")
        self.page.wait_for_function("!window.MathJax?.startup || window.MathJax.startup.promise")
        self.page.evaluate("() => window.MathJax?.startup?.promise")
        self.page.wait_for_function(
            "[...document.querySelectorAll('.circles-chart')].every(c => c.dataset.drawn || c.dataset.failed)"
        )
        return self.page


@pytest.fixture
def visit(browser, address):
    opened = []

    def start(path, *, width, scheme):
        opened.append(Visit(browser, address, width=width, scheme=scheme))
        opened[-1].open(address + path)
        return opened[-1]

    yield start
    for one in opened:
        one.page.context.close()
