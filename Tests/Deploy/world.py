"""What tests with real processes share: starting them, waiting for what they say, and ending them.

Run in a network namespace of their own (see run.sh), so ports are anybody's choice.
"""

import json
import pathlib
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

import yaml

PROMETHEUS = "http://127.0.0.1:9090"
failures = 0


def check(claim, problem=None):
    """Prints TAP; a problem is a failure."""
    global failures
    print(f"not ok - {claim}: {problem}" if problem else f"ok - {claim}", flush=True)
    failures += bool(problem)


class World:
    """A folder and processes, which both go with it."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.processes = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            self.end(process)
        shutil.rmtree(self.folder)

    def start(self, name, *command, **options):
        """Output goes to NAME.log."""
        with open(self.folder / f"{name}.log", "w") as log:
            process = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, **options)
        self.processes.append(process)
        return process

    def end(self, process, request=signal.SIGTERM):
        """Its status; it is asked, and made to where it does not."""
        if process.poll() is None:
            process.send_signal(request)
        try:
            return process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def log(self, name):
        return (self.folder / f"{name}.log").read_text()[-3000:]

    def start_prometheus(self, configuration):
        path = self.folder / "prometheus.yml"
        path.write_text(yaml.safe_dump(configuration))
        process = self.start(
            "prometheus", "prometheus", f"--config.file={path}", f"--storage.tsdb.path={self.folder}/prometheus",
            "--web.listen-address=127.0.0.1:9090")
        if not until(lambda: status(f"{PROMETHEUS}/-/ready") == 200, process):
            check("Prometheus gets ready", self.log("prometheus"))


def until(question, process=None, seconds=120):
    """Asks until the answer is true, and is that answer; false when time is up, or the process has ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := question():
            return answer
        if process and process.poll() is not None:
            return False
        time.sleep(0.2)
    return False


def unverified():
    """TLS that takes any certificate, as the kubelet's probes do."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def status(url, context=None, headers={}):
    """Of the answer; what kept it from coming where there is none."""
    try:
        request = urllib.request.Request(url, headers=headers)
        with urllib.request.urlopen(request, timeout=10, context=context) as answer:
            answer.read()
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError as error:
        return str(error)


def query(expression):
    """Prometheus' samples of now: pairs of labels and value."""
    url = f"{PROMETHEUS}/api/v1/query?{urllib.parse.urlencode({'query': expression})}"
    with urllib.request.urlopen(url, timeout=30) as answer:
        result = json.load(answer)["data"]["result"]
    return [(sample["metric"], float(sample["value"][1])) for sample in result]
