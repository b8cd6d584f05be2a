# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a program and keep what it said."""

from __future__ import annotations

import json
import shlex
import subprocess
from dataclasses import dataclass


class CommandFailed(AssertionError):
    """A command of a test ended with another status than 0."""


@dataclass(frozen=True)
class Result:
    """What a command printed, and its exit status."""

    rc: int
    stdout: str
    stderr: str

    @property
    def json(self):
        """The output read as JSON; empty output, as `ip -j` may give, is an empty list."""
        return json.loads(self.stdout or "[]")


def words(command):
    """A command as a list of words. Strings are split like a shell does, but no shell runs."""
    return shlex.split(command) if isinstance(command, str) else [str(word) for word in command]


def run(command, enter, stdin="", check=True, timeout=60):
    """Run a command in a process that first called `enter`."""
    argv = words(command)
    done = subprocess.run(
        argv,
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        timeout=timeout,
        check=False,
        preexec_fn=enter,
    )
    if check and done.returncode:
        raise CommandFailed("%s: status %d\n%s%s" % (shlex.join(argv), done.returncode, done.stdout, done.stderr))
    return Result(done.returncode, done.stdout, done.stderr)
