"""Runs every job with every program, in rounds of another order each, and writes what it took.

    compare.py --place target/compare [--rounds 5] [--jobs month,packed,...] [--smoke]
               [--zarrio PROGRAM] [--corpus DIRECTORY] [--largest 12]

Times are of the whole process with all that it starts: seconds of the wall and of all
processors, and the peak memory of its largest process. Ratios are to the first program of a job
in the same round, and the median of all rounds. --smoke takes one round of small data, to see
that everything runs. The job "corpus" is there where a directory of files is given.
"""

import argparse
import json
import os
import platform
import random
import resource
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from draw import picture
from jobs import all_jobs


@dataclass
class Run:
    """What one run took."""

    wall: float
    cpu: float
    memory: float
    sizes: dict = field(default_factory=dict)
    fault: str = ""

    @property
    def size(self):
        return sum(self.sizes.values())


@dataclass
class Runs:
    """All runs of one program at one job."""

    program: object
    runs: list = field(default_factory=list)

    def median(self, of):
        return statistics.median(getattr(run, of) for run in self.runs)

    def spread(self, of):
        values = [getattr(run, of) for run in self.runs]
        return f"{statistics.median(values):.2f} [{min(values):.2f}–{max(values):.2f}]"

    def ratio(self, first, of):
        pairs = zip(self.runs, first.runs)
        ratios = [getattr(a, of) / max(getattr(b, of), 1e-9) for a, b in pairs]
        return statistics.median(ratios)

    @property
    def fault(self):
        return next((run.fault for run in self.runs if run.fault), "")


def measure(program, output):
    output.mkdir(parents=True)
    if program.prepare:
        subprocess.run(["bash", "-euc", program.prepare], cwd=output, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.sync()
    log = output.with_suffix(".log")
    with open(log, "wb") as told:
        begun = time.perf_counter()
        child = subprocess.Popen(["bash", "-euc", program.command], cwd=output,
                                 stdout=told, stderr=told)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    fault = "" if child.returncode == 0 else log.read_text(errors="replace")[-300:]
    if program.own_figures and not fault:
        figures = json.loads(log.read_text().splitlines()[-1])
        return Run(figures["wall"], figures["cpu"], usage.ru_maxrss / 1024)
    sizes = {archive.name: sum(path.stat().st_size for path in archive.rglob("*")
                               if path.is_file()) for archive in output.iterdir()}
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, sizes, fault)


def order_of(job, turn, count):
    """Each is first in turn, and what comes after it is mixed: none is always the one that runs
    right after the program that writes most."""
    first = turn % count
    others = [i for i in range(count) if i != first]
    random.Random(f"{job} {turn}").shuffle(others)
    return [first, *others]


def table(job, all_runs):
    lines = [f"## {job.title}", ""]
    if job.note:
        lines += [job.note, ""]
    lines += ["| program | wall s | CPU s | peak MiB | bytes out | wall × | CPU × |",
              "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
    first = all_runs[0]
    for runs in all_runs:
        if runs.fault:
            fault = " ".join(runs.fault.split())[-120:].replace("|", "/")
            lines.append(f"| {runs.program.name} | failed: {fault} | | | | | |")
            continue
        size = f"{runs.runs[-1].size:,}" if runs.runs[-1].size else ""
        lines.append(
            f"| {runs.program.name} | {runs.spread('wall')} | {runs.spread('cpu')} "
            f"| {runs.median('memory'):.0f} | {size} "
            f"| {runs.ratio(first, 'wall'):.2f} | {runs.ratio(first, 'cpu'):.2f} |")
    written = [runs for runs in all_runs if not runs.fault and runs.runs[-1].sizes]
    if len(first.runs[-1].sizes) > 1:
        lines += ["", *table_of_sizes(written)]
    return "\n".join(lines) + "\n"


def table_of_sizes(all_runs):
    """The bytes of each of several archives, and their ratios to those of the first."""
    first, *others = [(runs.program.name, runs.runs[-1].sizes | {"all": runs.runs[-1].size})
                      for runs in all_runs]
    heads = "".join(f" {name} | × |" for name, _ in others)
    lines = [f"| bytes of | {first[0]} |{heads}", "| --- |" + " ---: |" * (1 + 2 * len(others))]
    for name, size in sorted(first[1].items(), key=lambda item: -item[1]):
        theirs = "".join(f" {sizes[name]:,} | {sizes[name] / size:.2f} |" for _, sizes in others)
        lines.append(f"| {name.removesuffix('.zarr')} | {size:,} |{theirs}")
    return lines


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--place", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--jobs", default="")
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--zarrio", type=Path, default=Path("target/release/zarrio"))
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--largest", type=int, default=12)
    arguments = parser.parse_args()
    place = arguments.place.resolve()
    # Numbers of threads come from the machine, not from whoever starts this.
    for name in ("OMP_NUM_THREADS", "BLOSC_NTHREADS", "ZARRIO_JOBS"):
        os.environ.pop(name, None)

    data = place / ("smoke" if arguments.smoke else "data")
    how = ["--months", "2", "--steps", "24", "--tiny", "20"] if arguments.smoke else []
    subprocess.run([sys.executable, Path(__file__).parent / "data.py", data, *how], check=True)

    wanted = [name for name in arguments.jobs.split(",") if name]
    corpus = arguments.corpus.resolve().iterdir() if arguments.corpus else []
    corpus = sorted((path for path in corpus if path.is_file()),
                    key=lambda path: -path.stat().st_size)[:arguments.largest]
    jobs = all_jobs(place, data, arguments.zarrio.resolve(), corpus)
    jobs = [job for job in jobs if not wanted or job.name in wanted]
    rounds = 1 if arguments.smoke else arguments.rounds
    report = [
        "# zarrio beside others", "",
        f"{os.cpu_count()} processors, {platform.machine()}, Linux {platform.release()}, "
        f"{rounds} rounds; median [least–most]. × is the ratio to the first line of a table "
        "in the same round, and the median of all rounds.", ""]
    bars, outputs = [], place / "out"
    for job in jobs:
        found = [Runs(program) for program in job.programs]
        # ext4 makes files more slowly for minutes where many were removed: all outputs stay
        # until the job is done.
        shutil.rmtree(outputs, ignore_errors=True)
        for turn in range(rounds):
            for i in order_of(job.name, turn, len(found)):
                runs = found[i]
                if runs.fault:
                    continue
                runs.runs.append(measure(runs.program, outputs / f"{job.name}-{turn}-{i}"))
                print(f"{job.name} {turn + 1}/{rounds} {runs.program.name}: "
                      f"{runs.runs[-1].wall:.2f} s, {runs.runs[-1].cpu:.2f} s of CPU "
                      f"{runs.runs[-1].fault}", flush=True)
        report.append(table(job, found))
        good = [runs for runs in found if not runs.fault]
        bars.append((job.title, [(r.program.name, r.median("wall"), r.median("cpu"))
                                 for r in good]))
        # After each job: a run of hours may be stopped.
        (place / "report.md").write_text("\n".join(report))
        (place / "report.svg").write_text(picture(bars))
    shutil.rmtree(outputs, ignore_errors=True)
    load = os.getloadavg()[0]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"wrote {place}/report.md and report.svg (load at the end {load:.1f}, "
          f"{peak:.0f} MiB used by this)")


if __name__ == "__main__":
    main()
