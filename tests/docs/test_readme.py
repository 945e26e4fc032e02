"""Every code block of the README runs, in its order, as a reader would run it."""

import ast
import asyncio
import inspect
import re
import sys
import tomllib
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
PYTHON = [text for language, text in BLOCKS if language == "python"]
SHELL = [line for language, text in BLOCKS if language == "sh" for line in text.splitlines()]


def test_readme_has_only_kinds_of_blocks_that_are_run() -> None:
    assert {language for language, _ in BLOCKS} == {"python", "sh"}


@pytest.mark.looptime
async def test_python_blocks_run_one_after_the_other(
    make_sim: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sim = await make_sim(fetch=False)
    monkeypatch.setenv("TPSTREAMS_ORGANIZATION_ID", sim.organization_id)
    monkeypatch.setenv("TPSTREAMS_TOKEN", sim.token)
    monkeypatch.setenv("TPSTREAMS_BASE_URL", sim.url)
    monkeypatch.chdir(ROOT)
    names: dict[str, Any] = {"__name__": "readme"}
    for number, block in enumerate(PYTHON):
        code = compile(block, f"README block {number}", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        await run(code, names)
    printed = capsys.readouterr().out
    assert "Completed" in printed
    assert "subtitle:" in printed
    assert "1 request, 1 video" in printed
    assert sim.errors == ()


async def run(code: CodeType, names: dict[str, Any]) -> None:
    result = eval(code, names)  # a block with `await` is a coroutine, one without has run
    if inspect.iscoroutine(result):
        await result


def test_nox_commands_name_sessions_that_exist() -> None:
    named = {name for line in SHELL for name in re.findall(r"nox -s ([\w ]+)", line)}
    assert named == {"demo", "tests"}
    defined = {
        node.name for node in ast.parse((ROOT / "noxfile.py").read_text()).body if isinstance(node, ast.FunctionDef)
    }
    assert named <= defined


async def test_the_simulator_command_prints_what_the_tour_needs() -> None:
    (command,) = [line for line in SHELL if "simulator" in line]
    arguments = command.replace("8080", "0").split()[1:]
    process = await asyncio.create_subprocess_exec(sys.executable, "-u", *arguments, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        printed = ""
        async with asyncio.timeout(60):
            while not all(name in printed for name in ("ORGANIZATION_ID", "_TOKEN", "_BASE_URL")):
                line = (await process.stdout.readline()).decode()
                assert line, f"the simulator stopped after printing {printed!r}"
                printed += line
    finally:
        process.terminate()
        await process.wait()
    assert process.returncode == 0


def test_what_is_installed_is_what_the_readme_says() -> None:
    commands = [line for line in SHELL if line.startswith("python -m pip install")]
    assert commands.count("python -m pip install .") == 1
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["name"] == README.splitlines()[0].removeprefix("# ")
