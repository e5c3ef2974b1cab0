#!/usr/bin/env python3
"""Does the tasks of a plan with Ray: ray_tasks.py PLAN

Uses the cluster of RAY_ADDRESS; without it, two workers on this machine.
"""

import json
import os
import subprocess
import sys

import ray

PROGRAM = os.environ.get("ZARRIO", "zarrio")


# Without retry_exceptions Ray tries again only what has died.
@ray.remote(max_retries=3, retry_exceptions=True, num_cpus=1)
def run(plan, number):
    command = [PROGRAM, "run", plan, "--task-id", str(number), "--jobs", "1", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode < 0 or done.returncode == 75 or done.returncode > 128:
        raise RuntimeError(f"task {number}: {done.stderr}")
    return number, done.returncode, done.stderr


def main():
    plan = os.path.abspath(sys.argv[1])
    with open(plan) as file:
        count = len(json.load(file)["tasks"])
    here = {} if "RAY_ADDRESS" in os.environ else {"num_cpus": 2, "include_dashboard": False}
    ray.init(log_to_driver=False, **here)
    for task in [run.remote(plan, number) for number in range(count)]:
        try:
            number, code, said = ray.get(task)
        except ray.exceptions.RayError as error:
            print(error, file=sys.stderr)
            continue
        if code != 0:
            print(f"task {number} ended with {code}: {said}", file=sys.stderr)
    # What is done is told by the archive, and not by what happened here.
    sys.exit(subprocess.run([PROGRAM, "finalize", plan]).returncode)


if __name__ == "__main__":
    main()
