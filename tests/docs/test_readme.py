"""Every Python block of the README runs, in its order, as a reader pastes it; what its shell blocks name is there."""

import ast
import asyncio
import builtins
import inspect
import re
import sys
import tomllib
from codeop import CommandCompiler
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
PYTHON = [text for language, text in BLOCKS if language == "python"]
(MANIFEST,) = [text for language, text in BLOCKS if language == "csv"]
SHELL = [line for language, text in BLOCKS if language == "sh" for line in text.splitlines()]


def test_readme_has_only_kinds_of_blocks_that_are_run() -> None:
    assert {language for language, _ in BLOCKS} == {"python", "sh", "csv"}


class Prompt:
    """A Python prompt that understands ``await``: it takes line by line, and knows where a statement ends."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"__name__": "readme"}
        self._compile = CommandCompiler()
        self._compile.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT

    async def paste(self, block: str) -> None:
        lines: list[str] = []
        for line in [*block.splitlines(), ""]:
            lines.append(line)
            code = self._compile("\n".join(lines), symbol="single")
            if code is not None and (line == "" or not line[0].isspace()):
                lines.clear()
                await self._run(code)
        assert not lines, f"unfinished: {lines}"

    async def _run(self, code: CodeType) -> None:
        result = FunctionType(code, self.names)()
        if inspect.iscoroutine(result):
            await result


@pytest.mark.looptime
async def test_python_blocks_can_be_pasted_one_after_the_other(
    make_sim: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sim = await make_sim(fetch=False)
    monkeypatch.setenv("TPSTREAMS_ORGANIZATION_ID", sim.organization_id)
    monkeypatch.setenv("TPSTREAMS_TOKEN", sim.token)
    monkeypatch.setenv("TPSTREAMS_BASE_URL", sim.url)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "lessons.csv").write_text(MANIFEST)
    prompt = Prompt()
    for block in PYTHON:
        await prompt.paste(block)
    printed = capsys.readouterr().out
    assert "Completed" in printed
    assert "subtitle:" in printed
    assert "there is no such thing (404" in printed
    assert "1 request, 1 video" in printed
    assert "'token'" not in printed
    assert re.search(r"^2 completed \w{11} None {'course': 'Physics', 'lesson': '1'}$", printed, re.MULTILINE)
    assert (
        "\n4 failed None line 4, url: is missing, and there is no path either {'course': 'Physics', 'lesson': '3'}"
        in printed
    )
    assert "\ncompleted 2\n" in printed
    assert "submitting -> submitted" in printed
    assert sim.errors == ()


async def test_the_test_in_the_readme_passes(tpstreams_simulator: Any) -> None:
    (block,) = [block for block in PYTHON if "def test_" in block]
    prompt = Prompt()
    await prompt.paste(block)
    (test,) = [value for name, value in prompt.names.items() if name.startswith("test_")]
    await test(tpstreams_simulator)
    assert tpstreams_simulator.journal.count("POST", "assets/videos/") == 1
    assert tpstreams_simulator.journal.count("GET", "assets/<id>/") >= 1


@pytest.mark.parametrize("block", [block for block in PYTHON if "import" in block])
def test_a_block_with_imports_stands_alone(block: str) -> None:
    tree = compile(block, "README", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | ast.PyCF_ONLY_AST)
    known = {name for name in dir(builtins)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom | ast.Import):
            known |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            known.add(node.id)
        elif isinstance(node, ast.arg):
            known.add(node.arg)
        elif isinstance(node, ast.ExceptHandler | ast.FunctionDef) and node.name:
            known.add(node.name)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert used <= known


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
