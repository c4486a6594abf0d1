"""Scenario files: read, check and resolve one, with every problem of it at once; change one by path; find the shipped ones."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import ValidationError

from simkpi.errors import InputError, Problem, ScenarioError, UnknownName, did_you_mean
from simkpi.scenario.checks import check_names, check_references, check_work
from simkpi.scenario.document import Document, Place, from_python, show_place
from simkpi.scenario.paths import put
from simkpi.scenario.problems import Findings, reword
from simkpi.scenario.repair import Unrepairable, repaired
from simkpi.scenario.resolve import Scenario, resolve
from simkpi.scenario.spec import Spec
from simkpi.scenario.yaml_reader import read_yaml
from simkpi.workbooks import is_book

MAX_BYTES = 5_000_000
MAX_PROBLEMS = 50
Checks: TypeAlias = Sequence[Callable[[Spec, Findings], None]]


def load(source: str | os.PathLike[str] | Mapping[str, Any], *, checks: Checks = ()) -> Scenario:
    """Read a scenario and resolve it.

    Parameters
    ----------
    source : path or mapping
        A scenario file (YAML), a planner's workbook (docs/how-to/plan-in-a-spreadsheet.md), or the same content as Python data.
    checks : sequence of callable
        Further checks of the resolved scenario, which note what they find with its line.

    Returns
    -------
    Scenario
        Every field present; ``warnings`` lists what is legal but suspicious.

    Raises
    ------
    ScenarioError
        With all problems of the file at once, each with line and path.

    Examples
    --------
    >>> scenario = load({"simkpi": 1, "contacts": {"voice": {"volume": "480 per day", "handle": "5m"}},
    ...                  "teams": {"phone": {"skills": ["voice"], "count": 3}}})
    >>> scenario.spec.teams["phone"].staffing.count
    ((3,),)
    """
    if isinstance(source, Mapping):
        return _build(from_python(dict(source)), Path.cwd(), checks)
    path = Path(source)
    if path.is_dir():
        raise ScenarioError(Problem("is a folder; name a scenario file in it", file=str(source)))
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        near = did_you_mean(path.name, [other.name for other in path.parent.glob("*.y*ml")])
        raise ScenarioError(Problem(f"there is no such file{near}", file=str(source))) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ScenarioError(Problem(f"can not be read: {reason}", file=str(source))) from None
    return loads(data, file=str(source), folder=path.parent, checks=checks)


def loads(text: str | bytes, *, file: str = "", folder: Path | None = None, checks: Checks = ()) -> Scenario:
    """Read a scenario from the text of a scenario file.

    Parameters
    ----------
    text : str or bytes
        YAML; bytes must be UTF-8, or those of a workbook.
    file : str
        Name to show in messages.
    folder : Path or None
        Where the CSV files that it names lie; None is the current folder.
    checks : sequence of callable
        As for :func:`load`.

    Raises
    ------
    ScenarioError
        As :func:`load`.
    """
    return _build(_read(text, file), folder if folder is not None else Path.cwd(), checks)


def document_of(scenario: Scenario) -> Document:
    """Return the scenario's file as it was read, which knows its lines or cells; without a file its content."""
    path = Path(scenario.file)
    return _read(path.read_bytes(), scenario.file) if scenario.file and path.is_file() else from_python(scenario.short)


def _read(text: str | bytes, file: str) -> Document:
    if isinstance(text, bytes) and len(text) <= MAX_BYTES and (is_book(text) or file.lower().endswith((".xlsx", ".xls", ".ods"))):
        from simkpi.scenario.books.read import read_book

        return read_book(text, file)
    return read_yaml(_decode(text, file), file)


def override(scenario: Scenario | Mapping[str, Any], changes: Mapping[str, Any]) -> Scenario:
    """Return the scenario with some fields changed, resolved anew.

    Parameters
    ----------
    scenario : Scenario or mapping
        A loaded scenario, or a short form.
    changes : mapping of str to value
        New values by path: ``{"teams.chat-team.count": 12, "bots.assistant.contains": "45%"}``. The field need not be
        written in the file; a path through a short form (``contacts.chat.volume.scale`` where the file says
        ``volume: 480 per day``) reaches the field that it stands for.

    Raises
    ------
    ScenarioError
        If a path names nothing (with the nearest name), or the changed scenario is invalid.

    Examples
    --------
    >>> base = load({"simkpi": 1, "contacts": {"voice": {"volume": "480 per day", "handle": "5m"}},
    ...              "teams": {"phone": {"skills": ["voice"], "count": 3}}})
    >>> override(base, {"teams.phone.count": 4}).spec.teams["phone"].staffing.count
    ((4,),)
    """
    if isinstance(scenario, Scenario):
        short, file, folder = scenario.short, scenario.file, scenario.folder or Path.cwd()
    else:
        short, file, folder = dict(scenario), "", Path.cwd()
    short = copy.deepcopy(short)
    problems = []
    for path, value in changes.items():
        short, problem = _put(short, path, value)
        problems += [Problem(problem, path, file)] if problem else []
    if problems:
        raise ScenarioError(problems)
    document = from_python(short)
    return _build(Document(document.root, file), folder)


def _put(short: dict[str, Any], path: str, value: Any) -> tuple[dict[str, Any], str]:
    """Return the changed short form, or the old one and what is wrong with the path."""
    try:
        return put(short, Spec, path, value), ""
    except InputError as error:
        return short, error.problems[0].message


def shipped(name: str) -> Path:
    """Return the path of a shipped scenario: ``quickstart``, ``features/bot``.

    Raises
    ------
    UnknownName
        With the nearest shipped name.
    """
    folder = scenarios_folder()
    known = shipped_names()
    clean = name.replace("\\", "/").removesuffix(".yaml")
    if clean not in known:
        raise UnknownName(f"unknown scenario '{name}'{did_you_mean(clean, known) or '; known: ' + ', '.join(known)}")
    return folder / f"{clean}.yaml"


def shipped_names() -> list[str]:
    """List the shipped scenarios."""
    folder = scenarios_folder()
    return sorted(path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.yaml"))


def scenarios_folder() -> Path:
    """Return the folder of the shipped scenarios: in the installed package, else beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "scenarios"
    return inside if inside.is_dir() else package.parent / "scenarios"


def _decode(text: str | bytes, file: str) -> str:
    if len(text) > MAX_BYTES:
        raise ScenarioError(Problem(f"is larger than {MAX_BYTES // 1_000_000} MB; put long tables into CSV files", file=file))
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        message = f"is not UTF-8 at byte {error.start} (value 0x{text[error.start]:02x}); save the file as UTF-8"
        raise ScenarioError(Problem(message, file=file, line=line)) from None


def _build(document: Document, folder: Path, checks: Checks = ()) -> Scenario:
    data = document.root.value
    if not isinstance(data, dict) or not data:
        what = (
            "the file is empty"
            if data in (None, {})
            else "it holds a list"
            if isinstance(data, list)
            else "it holds a single value"
        )
        message = f"no scenario found: {what}; a scenario starts with 'simkpi: 1' (try: simkpi new my.yaml)"
        raise ScenarioError([*document.problems, Problem(message, file=document.file)])
    findings = Findings(document, errors=list(document.problems))
    short = document.root.data()
    try:
        spec = Spec.model_validate(short)
    except ValidationError as error:
        known = {problem.path for problem in document.problems}
        findings.errors += [problem for problem in reword(error, Spec, document) if problem.path not in known]
        findings.errors += _further_errors(document, error, folder, checks)
        raise _error(findings) from None
    resolved = _checked(spec, folder, findings, checks)
    if findings.errors:
        raise _error(findings)
    return Scenario(resolved, document.file, tuple(findings.warnings), short, folder)


def _checked(spec: Spec, folder: Path, findings: Findings, checks: Checks = (), *, work: bool = True) -> Spec:
    """Resolve a short form and check it across blocks (and as *work*); the result is usable if nothing was found wrong."""
    check_names(spec, findings)
    resolved = resolve(spec, folder, findings)
    check_references(resolved, findings)
    for check in checks:
        check(resolved, findings)
    if work and not findings.errors:
        check_work(resolved, findings)
    return resolved


def _error(findings: Findings) -> ScenarioError:
    unique = list(dict.fromkeys(findings.errors))
    here = findings.document.file
    unique.sort(key=lambda problem: (problem.file != here, problem.line or 0))
    more = len(unique) - MAX_PROBLEMS
    rest = [Problem(f"and {more} more problems", file=here)] if more > 0 else []
    return ScenarioError([*unique[:MAX_PROBLEMS], *rest])


def _readable(document: Document, places: list[Place]) -> Spec | None:
    """Read the scenario without what is faulty; if that makes no sense, with examples in its place."""
    for leave_out in (True, False):
        with suppress(ValidationError, ScenarioError, Unrepairable):
            return Spec.model_validate(repaired(document.root.data(), Spec, places, leave_out=leave_out))
    return None


def _further_errors(document: Document, error: ValidationError, folder: Path, checks: Checks) -> list[Problem]:
    """Find what is wrong across blocks although some fields can not be read: those are left out or take an example's value."""
    places = [tuple(part for part in item["loc"] if part != "[key]") for item in error.errors()]
    findings = Findings(document)
    spec = _readable(document, places)
    if spec is None:
        return []
    # a team that took an example's skills must not be blamed for what it does not serve
    _checked(spec, folder, findings, checks, work=all(place[0] != "teams" for place in places))
    faulty = tuple(show_place(document.locate(place)[0]) for place in places)
    return [problem for problem in findings.errors if not problem.path.startswith(faulty)]
