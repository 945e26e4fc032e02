"""The project's checks. `nox -l` lists them; CONTRIBUTING.md says when to run which."""

import os
import tempfile
from pathlib import Path

import nox
from packaging.requirements import Requirement

nox.needs_version = ">=2025.10.14"
nox.options.default_venv_backend = "virtualenv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False  # an absent Python is reported and left out, in CI too
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "typing", "tests"]

PYPROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(PYPROJECT)
OLDEST = PYTHONS[0]

PACKAGE = "tpstreams_async"
TYPED = (PACKAGE, "tests/typing/user_code.py")
BENCHMARKS = ("session_overhead", "fairness", "codec", "memory", "imports", "upload", "watcher", "hints", "ingest")
#: Those that take minutes in earnest, and have a session of their own for that.
LONG = ("ingest",)


def group(name: str) -> tuple[str, ...]:
    """Return the requirements of a dependency group."""
    return nox.project.dependency_groups(PYPROJECT, name)


def floors() -> list[str]:
    """Return the core dependencies, each pinned to the lowest version that pyproject.toml allows."""
    pinned = []
    for line in PYPROJECT["project"]["dependencies"]:
        requirement = Requirement(line)
        lowest = next(part.version for part in requirement.specifier if part.operator == ">=")
        pinned.append(f"{requirement.name}=={lowest}")
    return pinned


@nox.session(reuse_venv=False)
def demo(session: nox.Session) -> None:
    """Run the quickstart with nothing but the package and what it needs."""
    session.install(".")
    session.run("python", "examples/quickstart.py", *session.posargs)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests, as many at a time as there are cores; what follows `--` goes to pytest."""
    session.install("-e", ".", *group("tests"))
    session.run("pytest", "-n", "auto", *session.posargs)


@nox.session(python=OLDEST, reuse_venv=False)
def lowest(session: nox.Session) -> None:
    """Run the tests with the lowest core dependencies that are promised to work."""
    session.install("-e", ".", *floors(), *group("tests"))
    session.run("pytest", "-n", "auto", *session.posargs)


@nox.session(python=OLDEST)
def coverage(session: nox.Session) -> None:
    """Show which lines and branches the tests reach; nothing fails for too few."""
    session.install("-e", ".", *group("tests"))
    session.run("coverage", "run", "-m", "pytest", *session.posargs)
    session.run("coverage", "report")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, format, floors and spelling."""
    session.install(*group("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports", "--no-cache")
    session.run("codespell")


@nox.session
def typing(session: nox.Session) -> None:
    """Check the types inside the package, and those that its users see."""
    # The JavaScript of pyright is in its wheel, and its node in another one: no node needs to be there.
    env = {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1", "PYRIGHT_PYTHON_FORCE_VERSION": None}
    session.install("-e", ".", *group("typing"))
    session.run("mypy", *TYPED)
    session.run("pyright", *TYPED, env=env)
    session.run("pyright", "--verifytypes", PACKAGE, "--ignoreexternal", env=env)


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the sdist and the wheel, and use the wheel alone, where the source tree cannot be seen."""
    session.install(*group("package"), "virtualenv")
    smoke = Path("tests/smoke/wheel_smoke.py").resolve()
    with tempfile.TemporaryDirectory() as name:
        outside = Path(name)
        session.run("python", "-m", "build", "--outdir", name)
        session.run("virtualenv", "--quiet", str(outside / "env"))
        python = str(outside / "env" / ("Scripts" if os.name == "nt" else "bin") / "python")
        (built,) = outside.glob("*.whl")
        session.chdir(outside)
        session.run(python, "-m", "pip", "install", "--quiet", str(built), external=True)
        session.run(python, "-I", str(smoke), external=True)


@nox.session
def faults(session: nox.Session) -> None:
    """Try every fault there is a test for, and list what was done and what happened."""
    session.install("-e", ".", *group("tests"))
    session.run("pytest", "tests/faults", "--fault-list", "-q", *session.posargs)


@nox.session
def contract(session: nox.Session) -> None:
    """Send the simulator what its OpenAPI document allows and what it forbids, and hold the answers against it."""
    session.install("-e", ".", *group("tests"), *group("contract"))
    session.run("pytest", "tests/contract/simulator_contract.py", *session.posargs)


@nox.session
def mutants(session: nox.Session) -> None:
    """Change the code in small ways, one at a time, and see whether a test notices. Takes an hour or so."""
    session.install("-e", ".", *group("tests"), *group("mutants"))
    session.run("mutmut", "run", *session.posargs)
    session.run("mutmut", "results")


@nox.session(reuse_venv=False)
def chaos(session: nox.Session) -> None:
    """Create ten thousand videos over a connection that fails all the time, and count what is doubled or lost."""
    session.install(".")
    session.run("python", "benchmarks/chaos.py", *session.posargs)


@nox.session(reuse_venv=False)
def soak(session: nox.Session) -> None:
    """Wait for ten thousand videos over a connection that fails all the time, and see that every wait ends."""
    session.install(".")
    session.run("python", "benchmarks/soak.py", *session.posargs)


@nox.session(reuse_venv=False)
def ingest(session: nox.Session) -> None:
    """Kill bulk ingestion twenty times while all requests fail at times, and see how fast it is when none does."""
    session.install(".")
    session.run("python", "benchmarks/ingest.py", *session.posargs)


@nox.session(reuse_venv=False)
def peers(session: nox.Session) -> None:
    """Count what other SDKs send when the answer to one creation is lost."""
    session.install(".", "-r", "benchmarks/peers/requirements.txt")
    session.run("python", "benchmarks/peers/compare.py", *session.posargs)


@nox.session(reuse_venv=False)
def bench(session: nox.Session) -> None:
    """Run the benchmarks; what follows `--` goes to each of them."""
    session.install(".", *group("bench"))
    figures = Path(session.create_tmp()) / "figures.jsonl"
    figures.unlink(missing_ok=True)
    for benchmark in BENCHMARKS:
        given = ["--json", str(figures), *(["--quick"] if benchmark in LONG else []), *session.posargs]
        session.run("python", f"benchmarks/{benchmark}.py", *given)
    session.run("python", "benchmarks/summary.py", str(figures))
