#!/usr/bin/env python3
"""Does the tasks of a plan with Dask: dask_tasks.py PLAN [SCHEDULER]

Without the address of a scheduler a cluster of two workers is started here.
"""

import json
import os
import subprocess
import sys

from dask.distributed import Client, LocalCluster

PROGRAM = os.environ.get("ZARRIO", "zarrio")


class Temporary(Exception):
    """What may be run again."""


def run(plan, number):
    command = [PROGRAM, "run", plan, "--task-id", str(number), "--jobs", "1", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True)
    # Killed by a signal, or temporary trouble: Dask tries what raises again.
    if done.returncode < 0 or done.returncode == 75 or done.returncode > 128:
        raise Temporary(f"task {number}: {done.stderr}")
    return number, done.returncode, done.stderr


def main():
    plan = os.path.abspath(sys.argv[1])
    with open(plan) as file:
        count = len(json.load(file)["tasks"])
    if len(sys.argv) > 2:
        client = Client(sys.argv[2])
    else:
        client = Client(LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None))
    with client:
        tasks = client.map(run, [plan] * count, range(count), pure=False, retries=3)
        failed = [done for done in client.gather(tasks, errors="skip") if done[1] != 0]
    for number, code, said in failed:
        print(f"task {number} ended with {code}: {said}", file=sys.stderr)
    # What is done is told by the archive, and not by what happened here.
    sys.exit(subprocess.run([PROGRAM, "finalize", plan]).returncode)


if __name__ == "__main__":
    main()
