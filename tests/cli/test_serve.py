"""``simkpi serve`` as it is typed: the address on stdout, a clean end, and what is refused before any page is opened."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.cli.running import simkpi


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_the_address_serves_the_page_and_ends_cleanly(number: int) -> None:
    command = [sys.executable, "-m", "simkpi.cli.main", "serve", "quickstart", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        page = opener.open(address, timeout=30).read().decode()
        assert "Web shop, a Monday" in page
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(address.partition("?")[0], timeout=30)
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "the page has ended" in said
    assert "Traceback" not in said


def test_a_taken_port_is_said_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = simkpi(capsys, "serve", "quickstart", "--no-browser", "--port", str(taken.getsockname()[1]))
    assert done.code == 3
    assert "choose another with --port" in done.err


def test_a_scenario_with_mistakes_opens_no_page(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("simkpi: 1\ncontacts: {voice: {volume: 480, handle: 5m}}\n")
    done = simkpi(capsys, "serve", str(tmp_path / "bad.yaml"))
    assert done.code == 3
    assert "needs a period" in done.err
    assert done.out == ""
