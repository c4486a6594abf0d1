"""Would the parity tests notice a mistake in the compiled engine? Makes small ones, one at a time, and runs the tests on each.

Run from the repository: ``python -m benchmarks.mutants [NAME ...]`` (a quarter of an hour for all; stores ``mutants.json``). Each
mistake is made in a copy of the package in a temporary folder, which has an engine of its own, compiled anew.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.stored import FOLDER, store, stored

ROOT = FOLDER.parent
ENGINE = Path("simkpi/engine/compiled")
#: Seconds after which the tests are taken to run for ever.
LONGEST = 900.0
#: Tests that notice most, and so are run before the others.
FIRST = ("tests/parity/test_hand_made.py", "tests/parity/test_whole_scenarios.py", "tests/parity/test_parity.py")
#: What a copy needs besides the package.
_NEEDED = ("simkpi", "tests", "scenarios", "benchmarks", "pyproject.toml")


@dataclass(frozen=True)
class Mutant:
    """A mistake: in which file of the engine which text becomes which."""

    file: str
    text: str
    becomes: str

    def make(self, folder: Path) -> None:
        """Make the mistake in the copy in *folder*.

        Raises
        ------
        ValueError
            If the text is not there exactly once: the engine has changed, and so must this list.
        """
        path = folder / ENGINE / self.file
        source = path.read_text(encoding="utf-8")
        if source.count(self.text) != 1:
            raise ValueError(f"{self.file} has {source.count(self.text)} times {self.text!r}; give it another text")
        path.write_text(source.replace(self.text, self.becomes), encoding="utf-8")


MUTANTS = {
    "overflow comes before the end of work in the same tick": Mutant(
        "clock.py", "int(Kind.WORK_ENDS), int(Kind.OVERFLOW)", "int(Kind.OVERFLOW), int(Kind.WORK_ENDS)"
    ),
    "the order of events ignores ties": Mutant(
        "clock.py", "is_earlier = other < entry", "is_earlier = other >> 20 < entry >> 20"
    ),
    "an overflow timer that is over is called off": Mutant(
        "router.py", "    ints(state.overflow_timer)[contact] = NOWHERE\n    stage", "    stage"
    ),
    "the moment of what was called off is forgotten": Mutant(
        "clock.py", "state.called_off = max(state.called_off, longs(state.events)[place])", "pass"
    ),
    "when room is made the later of two events wins": Mutant(
        "clock.py", "entries[match] = min(one, other)", "entries[match] = max(one, other)"
    ),
    "the loop for few features is run with many": Mutant(
        "plain.py", "return all(fields.get(field, 0) == number for field, number in STATE.items())", "return bool(fields)"
    ),
    "work of an agent's speed is rounded down": Mutant(
        "handle.py", "(ticks * PPM + speed // 2) // speed", "ticks * PPM // speed"
    ),
    "slowed work ends a tick early": Mutant(
        "effort.py", "finish = state.now - (-work.remaining) // work.pace", "finish = state.now + work.remaining // work.pace"
    ),
    "the overflow timer of a later stage is lost": Mutant(
        "router.py", "    if next_wait < NEVER:\n        moment = max(", "    if next_wait < 0:\n        moment = max("
    ),
    "who has waited as long as his patience goes before he is answered": Mutant(
        "router.py", "at(state, state.now + patience, ABANDON, contact)", "at(state, state.now + patience - 1, ABANDON, contact)"
    ),
    "the longest idle of equals is the one with the highest id": Mutant(
        "teams.py", "agent.since == other.since and agent.id < other.id", "agent.since == other.since and agent.id > other.id"
    ),
    "a policy's tie goes to the later contact": Mutant("ranks.py", "return ident < other_ident", "return ident > other_ident"),
    "agents told to finish come back first told first": Mutant(
        "teams.py",
        "    return longs(state.finishing)[team.first_agent + team.n_finishing]",
        "    return longs(state.finishing)[team.first_agent]",
    ),
    "a pause that is over lasts a tick longer": Mutant(
        "shifts.py",
        "at(state, end, SCHEDULE, state.n_teams + agent.id)",
        "at(state, end + 1, SCHEDULE, state.n_teams + agent.id)",
    ),
    "a customer comes back a tick late": Mutant(
        "returns.py", "return_at(state, state.now + after, row)", "return_at(state, state.now + after + 1, row)"
    ),
    "a bot's place is not given on": Mutant(
        "bots.py",
        "            bytes_(state.bot_waits)[following] = 0\n            _begin(state, following)\n            return",
        "            bytes_(state.bot_waits)[following] = 0\n            _begin(state, following)\n            break",
    ),
    "work handed back goes behind the others": Mutant(
        "hand_back.py",
        "while after >= 0 and is_returned(state, after) and came_before(state, after, contact):",
        "while after >= 0:",
    ),
    "a chat's reply takes the whole talk": Mutant(
        "turns.py",
        "part = talk * longs(state.chat_done)[place] // WHOLE - talk * before // WHOLE",
        "part = talk * longs(state.chat_done)[place] // WHOLE",
    ),
}


def noticed_by(mutant: Mutant) -> tuple[str, float]:
    """Return the first test that fails with the mistake, empty if none does, and the seconds that took."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name in _NEEDED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, folder / name)
        mutant.make(folder)
        environment = {**os.environ, "PYTHONPATH": place, "NUMBA_CACHE_DIR": str(folder / "cache")}
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-x", "-p", "no:cacheprovider", *FIRST, "tests/parity"]
        begun = time.perf_counter()
        try:
            done = subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=LONGEST
            )
        except subprocess.TimeoutExpired:
            return "a run without end", LONGEST
        failed = re.search(r"^(?:FAILED|ERROR) (?:\S*/)?(\S+)", done.stdout, re.MULTILINE)
        return (failed.group(1) if failed else "" if done.returncode == 0 else done.stdout[-200:]), time.perf_counter() - begun


def main() -> int:
    chosen = {name: mutant for name, mutant in MUTANTS.items() if not sys.argv[1:] or any(word in name for word in sys.argv[1:])}
    known = stored("mutants")["mutants"] if (FOLDER / "mutants.json").exists() else {}
    for name, mutant in chosen.items():
        test, seconds = noticed_by(mutant)
        known[name] = {"file": mutant.file, "noticed_by": test, "seconds": seconds}
        store("mutants", {"mutants": {each: known[each] for each in MUTANTS if each in known}})
        print(f"{name}: {f'noticed by {test}' if test else 'NOT NOTICED'} ({seconds:.0f} s)", flush=True)
    return sum(not known[name]["noticed_by"] for name in chosen)


if __name__ == "__main__":
    sys.exit(main())
