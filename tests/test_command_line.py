"""The command line: every command of the table loads, and says what it is for in both languages."""

import argparse
import importlib

import pytest

from queue_service import __main__ as command_line


@pytest.mark.parametrize("line", command_line.COMMANDS, ids=lambda line: line.name)
def test_every_command_of_the_table_loads(
    line: command_line.Line, capsys: pytest.CaptureFixture[str]
) -> None:
    module = importlib.import_module(f"queue_service.{line.module}")
    module.arguments(argparse.ArgumentParser())
    assert callable(module.command)
    with pytest.raises(SystemExit) as left:
        command_line.main([line.name, "--help"])
    assert left.value.code == 0
    help_text = " ".join(capsys.readouterr().out.split())
    assert line.vi in help_text
    assert line.en in help_text


def test_without_a_command_the_choices_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        command_line.main([])
    assert left.value.code == 2
    assert "COMMAND" in capsys.readouterr().err


def test_the_settings_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["settings"]) == 0
    assert "TICKET_SECRET_FILE" in capsys.readouterr().out
