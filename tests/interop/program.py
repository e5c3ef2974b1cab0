"""The program at work in a directory, and the checks of what it made there.

A script that has this runs as SCRIPT PROGRAM DIRECTORY.
"""

import json
import subprocess
import sys
import traceback
from pathlib import Path

PROGRAM, DIRECTORY = sys.argv[1], Path(sys.argv[2])


def run(*arguments, code=0):
    """The program's words; it must end with the code."""
    command = [PROGRAM, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=DIRECTORY)
    if done.returncode != code:
        raise AssertionError(f"{arguments}: code {done.returncode}: {done.stderr}")
    return done.stdout + done.stderr


def check(name, action, *arguments):
    """Prints the fault of an action, which is null when all is well."""
    try:
        action(*arguments)
        fault = None
    except Exception:
        fault = traceback.format_exc()
    print(json.dumps({"check": f"{name} {arguments}", "fault": fault}), flush=True)
