#!/usr/bin/env python3
"""What many small files cost: their plan, their records, and the status of their archive.

scale.py ZARRIO DIRECTORY [FILES]

Makes FILES files of one step and 100 points (100,000 if nothing is said) and two archives in the
empty DIRECTORY: one with a chunk for each file, which is filled, and one with a hundred, which is
only planned for. zarrio writes the first thousand files; records and chunks of the others are made
after theirs, which takes a minute and not an hour. Prints a line for each command with seconds of
the wall and of processors, and the peak of memory. Needs nothing but Python.
"""

import json
import os
import struct
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

SIDE = 10
# So many files are written by zarrio.
WRITTEN = 1000
zarrio, directory = sys.argv[1], Path(sys.argv[2])
count = int(sys.argv[3]) if len(sys.argv) > 3 else 100_000


def name(text):
    data = text.encode()
    return struct.pack(">i", len(data)) + data + b"\0" * (-len(data) % 4)


def header(begins):
    """Of a classic file with the dimensions time, y and x and the variables time and t."""
    text = b"CDF\1" + struct.pack(">i", 0)
    text += struct.pack(">ii", 10, 3)
    for dimension, length in (("time", 1), ("y", SIDE), ("x", SIDE)):
        text += name(dimension) + struct.pack(">i", length)
    text += struct.pack(">ii", 0, 0)
    text += struct.pack(">ii", 11, 2)
    units = name("units") + struct.pack(">i", 2) + name("hours since 2000-01-01")
    text += name("time") + struct.pack(">ii", 1, 0) + struct.pack(">ii", 12, 1) + units
    text += struct.pack(">iii", 4, 4, begins[0])
    text += name("t") + struct.pack(">iiii", 3, 0, 1, 2) + struct.pack(">ii", 0, 0)
    return text + struct.pack(">iii", 5, 4 * SIDE * SIDE, begins[1])


def make_files():
    length = len(header((0, 0)))
    head = header((length, length + 4))
    field = struct.pack(f">{SIDE * SIDE}f", *range(SIDE * SIDE))
    for step in range(count):
        place = directory / "files" / f"{step // 1000:03}"
        if step % 1000 == 0:
            place.mkdir(parents=True)
        (place / f"{step:06}.nc").write_bytes(head + struct.pack(">i", step) + field)


def run(title, *arguments, out=subprocess.DEVNULL):
    """Runs zarrio, and prints what that took."""
    began = time.monotonic()
    process = subprocess.Popen([zarrio, *arguments], cwd=directory, stdout=out)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    if status != 0:
        sys.exit(f"error: zarrio {' '.join(arguments)} ended with {status}")
    if title:
        cpu = used.ru_utime + used.ru_stime
        print(f"{title:45} {wall:7.2f} s  {cpu:7.2f} s  {used.ru_maxrss / 1024:6.0f} MiB", flush=True)


def fill(written):
    """Records and chunks of files as if they had been written, after those of the first."""
    array = directory / "one.zarr" / "t"
    records = array / ".zarrio" / "ledger" / "records"
    record = json.loads(next(records.glob("*.0-1.time.json")).read_text())
    chunk = (array / "c" / "0" / "0" / "0").read_bytes()
    for step in range(written, count):
        file = directory / "files" / f"{step // 1000:03}" / f"{step:06}.nc"
        seconds, rest = divmod(file.stat().st_mtime_ns, 10**9)
        record["id"] = f"{step:032x}"
        record["order"] += 1
        record["source"].update(
            name=file.name, path=str(file.absolute()), modified=f"{seconds}.{rest:09}"
        )
        record["extents"][0][0][1] = [[step, step + 1]]
        (records / f"{step:032x}.{step}-{step + 1}.time.json").write_text(json.dumps(record))
        place = array / "c" / f"{step}" / "0"
        place.mkdir(parents=True)
        (place / "0").write_bytes(chunk)


def size(path):
    found = [file for file in [path, *path.rglob("*")] if file.is_file()]
    return f"{sum(file.stat().st_size for file in found) / 1e3:,.0f} kB in {len(found)} files"


def main():
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        sys.exit(f"error: {directory} is not empty")
    make_files()
    print(f"{count} files; {'seconds of the wall, of processors, and peak':>40}")
    end = (datetime(2000, 1, 1) + timedelta(hours=count - 1)).isoformat()
    for archive, chunk in (("one.zarr", SIDE), ("hundred.zarr", 1)):
        template = ["create-template", "files/000/000000.nc", archive, "--quiet", "--global-end", end]
        template += ["--freq", "1h", "--max-objects", str(2 * count * SIDE * SIDE)]
        chunks = f"time:1,y:{chunk},x:{chunk}"
        run(f"create-template, {archive}", *template, "--chunking", chunks, "--global-start", "2000-01-01")
    print("  metadata:", size(directory / "one.zarr"))
    for archive, plan in (("hundred.zarr", "hundred.json"), ("one.zarr", "plan.json")):
        run(f"plan, {archive}", "plan", "files/*/*.nc", archive, "--output", plan, "--quiet")
    plan = json.loads((directory / "plan.json").read_text())
    fine = json.loads((directory / "hundred.json").read_text())
    chunks = sum(task["objects"] for task in fine["tasks"])
    print(f"  {len(plan['tasks'])} tasks, {chunks} chunks in the other plan; {size(directory / 'plan.json')}")
    run("start of a task: run --task-id 0 --dry-run", "run", "plan.json", "--task-id", "0", "--dry-run")

    stripes = -(-count // WRITTEN)
    number = ["--task-id", "0", "--task-count", str(stripes)]
    run(f"run of {count // stripes} tasks", "run", "plan.json", *number, "--check", "none", "--quiet")
    fill(count // stripes)
    ledger = directory / "one.zarr" / "t" / ".zarrio"
    run("status, before the records are put together", "status", "one.zarr", "--require-complete")
    run("clean", "clean", "one.zarr", "--quiet")
    print("  ledger:", size(ledger / "ledger"))
    for _ in range(3):
        run("status", "status", "one.zarr", "--require-complete")
    run("status --pending-ids", "status", "--pending-ids", "plan.json")
    run("finalize", "finalize", "plan.json")


main()
