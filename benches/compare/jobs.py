"""The jobs, and the commands by which each program does them."""

from dataclasses import dataclass
from pathlib import Path

CHUNKS = "time:100,lat:50,lon:100"
RANGES = '{"t2m":{"min":210,"max":330},"u10":{"min":-50,"max":50}}'
# The fields begin on the last day of 2023, three hours a step.
YEAR = "--global-start 2023-12-31 --global-end {end}"


@dataclass
class Program:
    """One way to do a job, as a command of the shell in an empty directory."""

    name: str
    command: str
    prepare: str = ""
    own_figures: bool = False


@dataclass
class Job:
    """What is to be done, and who does it; the first is what others are compared with."""

    name: str
    title: str
    programs: list
    note: str = ""


def corpus_job(place: Path, zarrio: Path, files):
    """Many formats and kinds of fields, with the defaults of each program."""
    own = Path(__file__).parent / "convert_defaults.py"
    names = " ".join(map(str, files))
    programs = [Program("zarrio",
                        f"for f in {names}; do "
                        f"{zarrio} --quiet convert $f $(basename $f).zarr; done")]
    for name, library, where in [("xarray + zarr 3", "xarray", "xarray"),
                                 ("zarr-python 3", "zarr", "xarray"),
                                 ("Python zarrio", "zarrio", "zarrio-python")]:
        command = f"{place / where}/bin/python {own} {library} {names}"
        programs += [Program(name, command),
                     Program(f"{name}, without its start", f"{command} --net",
                             own_figures=True)]
    return Job("corpus", f"The {len(files)} largest of a collection of real files", programs,
               "Each with its defaults. zarrio starts anew for each file; the others start once, "
               "and what they take without their start is counted from when all is imported.")


def all_jobs(place: Path, data: Path, zarrio: Path, corpus):
    ours = f"{zarrio} --quiet"
    theirs = place / "zarrio-python/bin/zarrio"
    python = place / "xarray/bin/python"
    xarray = f"{python} {Path(__file__).parent / 'convert_xarray.py'}"
    limit = (place / "limit").read_text().strip()
    month, classic, large = (data / f"{name}/01.nc" for name in ("months", "classic", "large"))
    months = sorted((data / "months").glob("*.nc"))
    days = sorted((data / "days").glob("*.nc"))
    tiny = sorted((data / "tiny").glob("*.nc"))
    few, day = (" ".join(map(str, tiny[:count])) for count in (10, 8))
    # Forty years of hours; the fields begin on their last day.
    long = "--chunking time:100 --global-start 1984-01-01 --global-end 2023-12-31T23:00 --freq 1h"
    hours = 3 * (248 * len(months) if len(months) == 12 else 24 * len(months)) - 3
    end = f"$(date -u -d '2023-12-31 UTC + {hours} hours' +%Y-%m-%dT%H:%M)"
    year = YEAR.format(end=end)
    gdal = ("gdalmdimtranslate -q -of Zarr -co ARRAY:COMPRESS=BLOSC -co ARRAY:BLOSC_CNAME=zstd "
            "-co ARRAY:BLOSC_CLEVEL=3 -co 'ARRAY:IF(DIM=3):BLOCKSIZE=100,50,100'")

    def one(source, more=""):
        return f"{ours} convert {source} out.zarr --chunking {CHUNKS} {more}"

    def threads(source):
        return [Program(f"zarrio --jobs {n}", one(source, f"--check none --jobs {n}"))
                for n in (1, 2)]

    def regions(command, processes):
        files = " ".join(map(str, months))
        return f"printf '%s\\n' {files} | xargs -P {processes} -I{{}} {command}"

    def of_days(program, command, steps, options=""):
        files = " ".join(map(str, days))
        template = (f"{program} create-template {days[0]} out.zarr "
                    f"--chunking time:{steps},lat:50,lon:100 {options} --global-start 2023-12-31 "
                    "--global-end 2024-01-30T21:00 --freq 3h")
        return f"{template}; for f in {files}; do {command}; done"

    fresh = f"{ours} create-template {months[0]} out.zarr --chunking {CHUNKS} {year}"
    fresh_lz4 = f"{fresh} --compression blosc:lz4:5"
    their_fresh = f"{theirs} create-template {months[0]} out.zarr --chunking {CHUNKS} {year}"
    write = f"{ours} write-region {{}} out.zarr --check none"
    their_write = f"{theirs} write-region {{}} out.zarr"
    peer = "--compression blosc:zstd:3:shuffle:auto"
    loops = "alone in loops, no input, output and rearranging"
    more = [corpus_job(place, zarrio, corpus)] if corpus else []
    return more + [
        Job("month", "One deflated month of 129 MB to chunks of 100 × 50 × 100", [
            Program("zarrio, --check none", one(month, "--check none")),
            Program("zarrio, as it comes", one(month)),
            Program("zarrio, Blosc zstd 3, auto blocks", one(month, f"--check none {peer}")),
            Program("zarrio, Blosc lz4 5", one(month, "--check none --compression blosc:lz4:5")),
            Program("codecs of zarrio alone",
                    f"{limit} {month} --chunking {CHUNKS}", own_figures=True),
            Program("codecs of the libraries alone",
                    f"{limit} {month} --chunking {CHUNKS} --library", own_figures=True),
            Program("Python zarrio, lz4 5",
                    f"{theirs} convert {month} out.zarr --chunking {CHUNKS}"),
            Program("xarray + zarr 3, Blosc zstd 3", f"{xarray} {month} out.zarr"),
            Program("GDAL, Blosc zstd 3", f"{gdal} {month} out.zarr"),
            Program("nccopy (uncompressed)",
                    f"nccopy -c time/100,lat/50,lon/100 {month} 'file://out.zarr#mode=zarr,file'"),
        ], f"The lines of codecs are {loops}. Python zarrio cannot write zstd, and nccopy "
           "writes no compressed chunks."),
        Job("default", "The same month, each with its defaults but for the chunks", [
            Program("zarrio", one(month)),
            Program("Python zarrio", f"{theirs} convert {month} out.zarr --chunking {CHUNKS}"),
            Program("xarray + zarr 3", f"{xarray} {month} out.zarr --default-codec"),
        ]),
        Job("packed", "The same month packed into 16 bits", [
            Program("zarrio, ranges given, --check none", one(
                month, f"--check none --packing --packing-manual-ranges '{RANGES}'")),
            Program("zarrio, ranges found", one(month, "--check none --packing")),
            Program("codecs of zarrio alone",
                    f"{limit} {month} --chunking {CHUNKS} --packing", own_figures=True),
            Program("Python zarrio, lz4 5",
                    f"{theirs} convert {month} out.zarr --chunking {CHUNKS} --packing"),
            Program("xarray + zarr 3, Blosc zstd 3", f"{xarray} {month} out.zarr --packed"),
        ], f"The line of the codecs is {loops}."),
        Job("classic", "The same month from a NetCDF-3 file", [
            Program("zarrio, --check none", one(classic, "--check none")),
            Program("Python zarrio, lz4 5",
                    f"{theirs} convert {classic} out.zarr --chunking {CHUNKS}"),
            Program("xarray + zarr 3, Blosc zstd 3", f"{xarray} {classic} out.zarr"),
            Program("GDAL, Blosc zstd 3", f"{gdal} {classic} out.zarr"),
        ]),
        Job("threads", "The month with one thread and with two", threads(month)),
        Job("threads-large", "Three months in one file, with one thread and with two",
            threads(large)),
        Job("year", "A template and a region for each month", [
            Program("zarrio, 2 at once", f"{fresh}; {regions(write + ' --jobs 1', 2)}"),
            Program("zarrio, one after the other", f"{fresh}; {regions(write, 1)}"),
            Program("zarrio, 2 at once, Blosc lz4 5",
                    f"{fresh_lz4}; {regions(write + ' --jobs 1', 2)}"),
            Program("Python zarrio, 2 at once, lz4 5",
                    f"{their_fresh}; {regions(their_write, 2)}"),
            Program("Python zarrio, one after the other, lz4 5",
                    f"{their_fresh}; {regions(their_write, 1)}"),
        ], "Chunks of 100 steps and files of 248: two files share a chunk. Nothing keeps the "
           "Python zarrio from losing data there when two write at once."),
        Job("days", "The month from a file for each day, a process for each", [
            Program("zarrio, chunks of the month",
                    of_days(ours, f"{ours} write-region $f out.zarr --check none", 248)),
            Program("zarrio, chunks of a day",
                    of_days(ours, f"{ours} write-region $f out.zarr --check none", 8)),
            Program("zarrio, chunks of a day in shards of the month",
                    of_days(ours, f"{ours} write-region $f out.zarr --check none", 8,
                            "--shards time:248")),
            Program("Python zarrio, chunks of the month, lz4 5",
                    of_days(theirs, f"{theirs} write-region $f out.zarr", 248)),
            Program("xarray to_zarr(region='auto'), chunks of the month",
                    of_days(ours, f"{python} -c \"import sys, xarray; "
                            "xarray.open_dataset(sys.argv[1]).drop_vars(['lat', 'lon'])"
                            ".to_zarr('out.zarr', region='auto')\" $f", 248)),
        ], "Chunks and shards of the month are written by 31 processes, one after the other."),
        Job("tiny", f"{len(tiny)} files of one step and 100 points", [
            Program("zarrio ingest", f"{ours} ingest '{data}/tiny/*.nc' out.zarr "
                    "--chunking time:100"),
            Program("xarray open_mfdataset + to_zarr",
                    f"{python} -c \"import xarray; xarray.open_mfdataset("
                    f"'{data}/tiny/*.nc').chunk(time=100).to_zarr('out.zarr')\""),
        ]),
        Job("tiny-regions", "Ten tiny files, a process for each", [
            Program("zarrio write-region",
                    f"for f in {few}; do {ours} write-region $f out.zarr; done",
                    f"{ours} create-template '{data}/tiny/*.nc' out.zarr --chunking time:100"),
            Program("Python zarrio write-region",
                    f"for f in {few}; do {theirs} write-region $f out.zarr; done",
                    f"{theirs} create-template {tiny[0]} out.zarr --chunking time:100 "
                    "--global-start 2023-12-31 --global-end 2024-05-03 --freq 3h"),
        ]),
        Job("region", "A region of one step into 350,640, eight times, a process for each", [
            Program("zarrio write-region",
                    f"for f in {day}; do {ours} write-region $f out.zarr; done",
                    f"{ours} create-template {tiny[0]} out.zarr {long}"),
            Program("Python zarrio write-region",
                    f"for f in {day}; do {theirs} write-region $f out.zarr; done",
                    f"{theirs} create-template {tiny[0]} out.zarr {long}"),
            Program("xarray to_zarr(region='auto')",
                    f"for f in {day}; do {python} -c \"import sys, xarray; "
                    "xarray.open_dataset(sys.argv[1]).drop_vars(['lat', 'lon'])"
                    ".to_zarr('out.zarr', region='auto')\" $f; done",
                    f"{ours} create-template {tiny[0]} out.zarr {long}"),
        ]),
        Job("start", "Start-up: ten times the version, then a small file's description", [
            Program("zarrio --version × 10", f"for i in {{1..10}}; do {zarrio} --version; done"),
            Program("zarrio info × 10",
                    f"for i in {{1..10}}; do {zarrio} info {tiny[0]}; done"),
            Program("gdalinfo --version × 10", "for i in {1..10}; do gdalinfo --version; done"),
            Program("ncdump -h × 10", f"for i in {{1..10}}; do ncdump -h {tiny[0]}; done"),
            Program("Python zarrio --help × 10", f"for i in {{1..10}}; do {theirs} --help; done"),
            Program("import xarray, zarr × 10",
                    f"for i in {{1..10}}; do {python} -c 'import xarray, zarr'; done"),
        ]),
    ]
