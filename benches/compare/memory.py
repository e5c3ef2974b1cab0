"""Converts large files from maps to series and back, and tells the peak of the program's memory.

    memory.py DIRECTORY [--gigabytes 4,16] [--sources maps,series] [--memory 256MiB,1GiB]
              [--scratch DIR] [--zarrio PROGRAM]

Files are made in the directory where they are not there yet, and archives are removed again.
Memory is what the kernel says of the process when it has ended. A peak above the setting and
64 MiB is an error.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from multiprocessing import Process
from pathlib import Path

import netCDF4
import numpy as np

ROWS, COLUMNS = 512, 1024


def make(path, steps, series):
    if path.exists():
        return
    part = path.with_suffix(".part")
    file = netCDF4.Dataset(part, "w")
    for name, length in (("time", steps), ("lat", ROWS), ("lon", COLUMNS)):
        file.createDimension(name, length)
    file.createVariable("time", "i4", ("time",))[:] = np.arange(steps)
    file["time"].units = "hours since 2000-01-01"
    chunks = (steps, 8, 8) if series else (1, ROWS, COLUMNS)
    how = dict(zlib=True, complevel=1, shuffle=True, chunksizes=chunks)
    variable = file.createVariable("t", "f4", ("time", "lat", "lon"), **how)
    random = np.random.default_rng(1)
    # Steps of 1/64 K, as packed sources have them.
    noise = random.integers(-8, 8, (steps, 16, COLUMNS), dtype="i2")
    wave = (np.sin(np.arange(steps) / 24) * 640).astype("i2")[:, None, None]
    if series:
        for row in range(0, ROWS, 8):
            variable[:, row : row + 8] = (noise[:, :8] + wave + 18000 + row).astype("f4") / 64
    else:
        for step in range(steps):
            rows = np.tile(noise[step], (ROWS // 16, 1)) + wave[step] + 18000
            variable[step] = (rows + np.arange(ROWS)[:, None]).astype("f4") / 64
    file.close()
    part.rename(path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=Path)
    parser.add_argument("--gigabytes", default="4,16")
    parser.add_argument("--sources", default="maps,series")
    parser.add_argument("--memory", default="256MiB,1GiB")
    parser.add_argument("--scratch", default="")
    parser.add_argument("--zarrio", type=Path, default=Path("target/release/zarrio"))
    arguments = parser.parse_args()
    arguments.directory.mkdir(parents=True, exist_ok=True)
    output = arguments.directory / "out.zarr"
    over = False
    for gigabytes in map(int, arguments.gigabytes.split(",")):
        steps = gigabytes * 512
        for source in arguments.sources.split(","):
            name, series = f"{source}-{gigabytes}.nc", source == "series"
            # In a process of its own: a child's peak is never told as less than what its parent
            # has when it begins.
            maker = Process(target=make, args=(arguments.directory / name, steps, series))
            maker.start()
            maker.join()
            if maker.exitcode != 0:
                return True
            chunks = "time:1,lat:full,lon:full" if series else "time:full,lat:8,lon:8"
            for memory in arguments.memory.split(","):
                command = [arguments.zarrio, "convert", arguments.directory / name, output,
                           "--chunking", chunks, "--memory", memory, "--overwrite", "--quiet"]
                if arguments.scratch:
                    command += ["--scratch", arguments.scratch]
                begun = time.perf_counter()
                child = subprocess.Popen(command)
                _, status, usage = os.wait4(child.pid, 0)
                child.returncode = os.waitstatus_to_exitcode(status)
                wall, cpu = time.perf_counter() - begun, usage.ru_utime + usage.ru_stime
                unit = 1 << (20 if memory.endswith("MiB") else 30)
                setting = int(memory[:-3]) * unit
                peak = usage.ru_maxrss * 1024
                over |= child.returncode != 0 or peak > setting + (64 << 20)
                print(f"{name} to {chunks}, --memory {memory}: code {child.returncode}, "
                      f"peak {peak / 2**20:.0f} MiB, {wall:.1f} s, {cpu:.1f} s of CPU", flush=True)
                shutil.rmtree(output, ignore_errors=True)
    return over


if __name__ == "__main__":
    sys.exit(main())
