#!/usr/bin/env python3
"""Alerts of `cleansweep audit`, held against real receivers: a webhook and a mail server.

    python3 tests/alerts.py target/release/cleansweep

Both receivers listen on loopback and on a free port. The alerts are those of docs/AUDIT.md, sent by
curl. Needs nothing but Python's own library, curl and, for mail, aiosmtpd (Debian:
python3-aiosmtpd). Ends with 0 when everything is as it should be.
"""

import asyncio
import http.server
import json
import os
import queue
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from email import message_from_bytes
from pathlib import Path

try:
    from aiosmtpd.smtp import SMTP
except ImportError:
    SMTP = None

DEADLINE_S = 60
SCRIPT = Path(__file__).resolve().parent.parent / "docs" / "audit" / "audit.sh"
STEP_MS = 300_000
START_MS = 1_735_689_600_000
STARTED = time.monotonic()

# Neither gate of the placeholders is near, so only the comparison speaks.
WORSE_GATES = """[options]
fail_on_worse = true
[gates]
untradable = { warn = 0.8, fail = 0.9 }
"""


def left():
    """Seconds until the deadline; never none, so that a wait ends with its own words."""
    return max(0.1, DEADLINE_S - (time.monotonic() - STARTED))


def candles(path, empty):
    """Writes 2,000 five-minute rows; of each 20, `empty` are placeholders without a trade."""
    chance, price = random.Random(7), 100.0
    lines = ["timestamp,open,high,low,close,volume"]
    for row in range(2_000):
        time_ms = START_MS + row * STEP_MS
        if row % 20 < empty:
            lines.append(f"{time_ms},{price:.2f},{price:.2f},{price:.2f},{price:.2f},0")
            continue
        close = price + chance.uniform(-0.3, 0.3)
        high = max(price, close) + chance.uniform(0.02, 0.2)
        low = min(price, close) - chance.uniform(0.02, 0.2)
        volume = chance.uniform(1.0, 9.0)
        lines.append(f"{time_ms},{price:.2f},{high:.2f},{low:.2f},{close:.2f},{volume:.3f}")
        price = round(close, 2)
    path.write_text("\n".join(lines) + "\n", encoding="ascii")


class Hook(http.server.BaseHTTPRequestHandler):
    """A webhook: /hook takes what it is sent, /broken says that it could not."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):  # the name that http.server calls
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        is_well = self.path == "/hook"
        # Before the answer: a sender that has ended has been heard.
        if is_well:
            self.server.arrived.put((self.headers.get("Content-Type"), body))
        self.send_response(204 if is_well else 500)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def webhook():
    """Starts the webhook; gives its port and what arrives."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    server.daemon_threads = True
    server.arrived = queue.Queue()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1], server.arrived


class Mailbox:
    """What an SMTP server does with a mail."""

    def __init__(self):
        self.arrived = queue.Queue()

    async def handle_DATA(self, _server, _session, envelope):  # the name that aiosmtpd calls
        self.arrived.put((envelope.rcpt_tos, envelope.content))
        return "250 OK"


def mail_server():
    """Starts an SMTP server; gives its port and what arrives."""
    box, ready = Mailbox(), queue.Queue()

    def serve():
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        listening = loop.create_server(lambda: SMTP(box, loop=loop), "127.0.0.1", 0)
        server = loop.run_until_complete(listening)
        ready.put(server.sockets[0].getsockname()[1])
        loop.run_forever()

    threading.Thread(target=serve, daemon=True).start()
    return ready.get(timeout=left()), box.arrived


class Webhook:
    """The alert by webhook."""

    name = "webhook"

    def __init__(self, port, arrived):
        self.arrived = arrived
        self.url = f"http://127.0.0.1:{port}/hook"
        self.command = self.to(self.url)

    @staticmethod
    def to(url):
        return (
            "curl --silent --show-error --fail --max-time 20"
            f' --header "Content-Type: application/json" --data-binary @- {url}'
        )

    @staticmethod
    def body(message):
        kind, body = message
        assert kind == "application/json", f"the webhook was told that this is {kind}"
        return body


class Mail:
    """The alert by mail."""

    name = "mail"

    def __init__(self, port, arrived):
        self.arrived = arrived
        self.command = (
            "{ printf 'Subject: Audit of candles\\n'; "
            "printf 'Content-Type: application/json; charset=utf-8\\n\\n'; cat; }"
            " | curl --silent --show-error --max-time 20 --crlf --mail-from audit@example.com"
            f" --mail-rcpt desk@example.com --upload-file - smtp://127.0.0.1:{port}"
        )

    @staticmethod
    def body(message):
        to, content = message
        assert to == ["desk@example.com"], f"the mail went to {to}"
        mail = message_from_bytes(content)
        assert mail["Subject"] == "Audit of candles", f"the subject is {mail['Subject']}"
        # On its way every line end is CR and LF.
        return content.split(b"\r\n\r\n", 1)[1].replace(b"\r\n", b"\n")


class Audits:
    """Runs the command in a folder of its own."""

    def __init__(self, command, folder):
        self.command, self.folder = command, folder
        self.environment = {
            key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")
        }

    def run(self, arguments, **more):
        return subprocess.run(
            arguments,
            cwd=self.folder,
            env={**self.environment, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=left(),
            check=False,
        )

    def audit(self, *arguments):
        return self.run([self.command, "audit", "--json", *arguments])


def same(what, found, wanted):
    assert found == wanted, f"{what}: {found!r} instead of {wanted!r}"


def status(done, wanted):
    told = done.stderr.decode(errors="replace").strip()
    assert done.returncode == wanted, f"exit status {done.returncode} instead of {wanted}: {told}"


def nothing(alert):
    # The command waits for its alert, and a receiver keeps what it got before it answers: what has
    # not arrived by now will not.
    assert alert.arrived.empty(), f"something arrived: {alert.arrived.get()!r}"


def one(alert):
    """The body of the message that arrived."""
    assert not alert.arrived.empty(), "nothing arrived"
    return alert.body(alert.arrived.get())


def the_same_arrived(alert, done):
    """The one message that arrived is what --json printed."""
    body = one(alert)
    same("the document", json.loads(body), json.loads(done.stdout))
    same("its bytes", body.rstrip(b"\n"), done.stdout.rstrip(b"\n"))
    nothing(alert)
    return json.loads(body)


def passing(audits, alert):
    done = audits.audit("--notify-command", alert.command, "good")
    status(done, 0)
    same("verdict", json.loads(done.stdout)["verdict"], "pass")
    nothing(alert)


def failing(audits, alert):
    done = audits.audit("--notify-command", alert.command, "bad")
    status(done, 1)
    document = the_same_arrived(alert, done)
    same("failed", document["markets"][0]["failed"], ["untradable"])
    same("exit_code", document["exit_code"], 1)


def worse(audits, alert):
    gates = ["--gates", "worse.toml"]
    before = audits.audit(*gates, "good")
    status(before, 0)
    (audits.folder / "before.json").write_bytes(before.stdout)
    previous = ["--previous", "before.json", "--notify-command", alert.command]

    status(audits.audit(*gates, *previous, "good"), 0)
    nothing(alert)

    done = audits.audit(*gates, *previous, "bad")
    status(done, 3)
    document = the_same_arrived(alert, done)
    same("verdict", document["verdict"], "pass")
    market = document["comparison"]["markets"][0]
    same("change", market["change"], "worse")
    same("why", {gate["key"]: gate["why"] for gate in market["gates"]}["untradable"], "noise")

    # It is told without fail_on_worse, too; the exit status is 0 then.
    (audits.folder / "told.toml").write_text(WORSE_GATES.replace("true", "false"), "ascii")
    done = audits.audit("--gates", "told.toml", *previous, "bad")
    status(done, 0)
    the_same_arrived(alert, done)


def unreadable(audits, alert):
    files = ["good/binance_SOLUSDT_5m.csv", "absent.csv"]
    done = audits.audit("--notify-command", alert.command, *files)
    status(done, 2)
    document = the_same_arrived(alert, done)
    same("unreadable", [file["name"] for file in document["unreadable"]], ["absent.csv"])


def wrong_gates(audits, alert):
    done = audits.audit("--gates", "wrong.toml", "--notify-command", alert.command, "bad")
    status(done, 2)
    same("printed", done.stdout, b"")
    nothing(alert)


def alert_that_fails(audits, alert):
    done = audits.audit("--notify-command", "exit 7", "bad")
    status(done, 2)
    assert b"--notify-command" in done.stderr and b"exit 7" in done.stderr, done.stderr
    # It is not even started where there is nothing to tell.
    status(audits.audit("--notify-command", "exit 7", "good"), 0)
    nothing(alert)


def webhook_that_refuses(audits, alert):
    broken = Webhook.to(alert.url.replace("/hook", "/broken"))
    done = audits.audit("--notify-command", broken, "bad")
    status(done, 2)
    assert b"500" in done.stderr, done.stderr
    nothing(alert)


def script(audits, alert):
    """docs/audit/audit.sh: what it keeps for the next run, and when."""
    state = audits.folder / f"state-{alert.name}"
    state.mkdir()
    more = {
        "CLEANSWEEP": audits.command,
        "AUDIT_STATE": str(state),
        "AUDIT_GATES": "worse.toml",
        "AUDIT_NOTIFY": alert.command,
    }

    def run(wanted, *files):
        done = audits.run(["sh", str(SCRIPT), *files], **more)
        status(done, wanted)
        same("kept", sorted(path.name for path in state.iterdir()), ["last.json", "report.html"])
        return done, json.loads((state / "last.json").read_bytes())

    done, first = run(0, "good")
    assert "comparison" not in first, "the first run has nothing to be held against"
    same("printed", done.stdout + done.stderr, b"")
    nothing(alert)

    done, second = run(3, "bad")
    same("worse", second["comparison"]["worse"], 1)
    assert b"worse" in done.stderr, done.stderr
    same("the alert", json.loads(one(alert)), second)

    # Told once: now it is held against the run before.
    _, third = run(0, "bad")
    same("worse", third["comparison"]["worse"], 0)
    nothing(alert)

    # An audit that is not whole is told and not kept.
    _, kept = run(2, "bad/binance_SOLUSDT_5m.csv", "absent.csv")
    same("last.json", kept, third)
    told = json.loads(one(alert))
    same("exit_code", told["exit_code"], 2)

    # Nor is one whose alert reached nobody: the next run tells it again.
    more["AUDIT_NOTIFY"] = "exit 7"
    _, kept = run(2, "other")
    same("last.json", kept, third)
    more["AUDIT_NOTIFY"] = alert.command
    _, last = run(3, "other")
    same("changes", [one["change"] for one in last["comparison"]["markets"]], ["new", "gone"])
    same("the alert", json.loads(one(alert)), last)
    nothing(alert)


def main():
    if len(sys.argv) != 2:
        print("usage: alerts.py COMMAND, such as target/release/cleansweep", file=sys.stderr)
        return 2
    command = shutil.which(sys.argv[1])
    if command is None:
        print(f"{sys.argv[1]}: is no command", file=sys.stderr)
        return 2
    if shutil.which("curl") is None:
        print("curl is missing: the alerts of docs/AUDIT.md are sent by it", file=sys.stderr)
        return 2

    alerts, skipped = [Webhook(*webhook())], []
    if os.name == "nt":
        skipped.append("mail and audit.sh: they need sh")
    elif SMTP is None:
        skipped.append(f"mail: {sys.executable} has no aiosmtpd (Debian: python3-aiosmtpd)")
    else:
        alerts.append(Mail(*mail_server()))

    cases = [passing, failing, worse, unreadable, wrong_gates, alert_that_fails]
    if os.name != "nt":
        cases.append(script)
    runs = [(case, alert) for alert in alerts for case in cases]
    runs.append((webhook_that_refuses, alerts[0]))

    passed, failed = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        audits = Audits(str(Path(command).resolve()), folder)
        for name, empty in [("good", 0), ("bad", 5), ("other", 5)]:
            (folder / name).mkdir()
            market = "kraken_ETHUSD" if name == "other" else "binance_SOLUSDT"
            candles(folder / name / f"{market}_5m.csv", empty)
        (folder / "worse.toml").write_text(WORSE_GATES, "ascii")
        (folder / "wrong.toml").write_text("[gates]\nuntradable = { warn = 5 }\n", "ascii")
        for case, alert in runs:
            name = f"{case.__name__.replace('_', ' ')}, {alert.name}"
            try:
                case(audits, alert)
                passed += 1
                print(f"ok      {name}")
            except (AssertionError, OSError, ValueError, KeyError, IndexError) as error:
                failed += 1
                print(f"FAILED  {name}: {error or type(error).__name__}")
            except subprocess.TimeoutExpired:
                failed = len(runs) - passed
                print(f"FAILED  {name}, and what follows it: not done after {DEADLINE_S} s")
                break
    for reason in skipped:
        print(f"SKIPPED {reason}")
    print(f"{passed} passed, {failed} failed" + (f", {len(skipped)} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
