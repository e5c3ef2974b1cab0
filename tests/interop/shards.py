"""Lets the program write archives with shards, and reads them with xarray and zarr-python,
warnings as errors.

    shards.py PROGRAM DIRECTORY

Prints a line of JSON for each check: its name and its fault, which is null when all is well.
"""

import json
import struct
import warnings

import numpy as np
import xarray as xr
import zarr

from program import DIRECTORY, check, run

SHAPE = (13, 7, 11)


def make(name, start=0, n=SHAPE[0]):
    random = np.random.default_rng(start)
    t = random.normal(280, 9, (n, *SHAPE[1:])).astype("f4")
    t[:, 2, 3] = np.nan
    # A whole chunk of zeros in the midst: it is the fill value of an array without a gap.
    count = random.integers(0, 9, t.shape, dtype="i4")
    count[4:8, :3] = 0
    data = xr.Dataset(
        {
            "t": (("time", "y", "x"), t),
            "count": (("time", "y", "x"), count),
            "name": (("time",), np.array([f"step {i}" for i in range(n)], object)),
        },
        coords={
            "time": ("time", start + np.arange(n), {"units": "hours since 2020-01-01"}),
            "y": ("y", np.arange(SHAPE[1]) * 1.5),
            "x": ("x", np.arange(SHAPE[2]) * 2.0),
        },
    )
    fill = {name: {"_FillValue": None} for name in data.variables}
    fill["t"] = {"_FillValue": np.float32("nan")}
    data.to_netcdf(DIRECTORY / name, encoding=fill)


def equal(archive, names=("a.nc",), rows=slice(None)):
    """The archive holds, where regions were written, what the files hold."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = xr.open_zarr(DIRECTORY / archive, decode_times=False).load()
    files = [xr.open_dataset(DIRECTORY / name, decode_times=False).load() for name in names]
    expected = xr.concat(files, "time", data_vars="minimal")
    found = found.isel(time=rows)
    for name in expected.variables:
        a, b = expected[name].values, found[name].values
        assert a.dtype == b.dtype or a.dtype.kind in "OU", (name, a.dtype, b.dtype)
        same = a == b if a.dtype.kind in "OU" else np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
        assert np.all(same), name


def document(archive, name):
    return json.loads((DIRECTORY / archive / name / "zarr.json").read_text())


def objects(archive, name):
    return sorted(p for p in (DIRECTORY / archive / name / "c").rglob("*") if p.is_file())


def index(shard, chunks):
    """Offsets and sizes of a shard's chunks, by the specification."""
    data = shard.read_bytes()
    numbers = struct.unpack(f"<{2 * chunks}Q", data[-16 * chunks - 4 : -4])
    return list(zip(numbers[::2], numbers[1::2]))


def by_hand():
    run("convert", "a.nc", "hand.zarr", "--chunking", "time:4,y:3,x:11",
        "--shards", "time:8,y:full", "--compression", "zstd:3", "--checksum", "crc32c")  # fmt: skip
    equal("hand.zarr")
    array = zarr.open_array(DIRECTORY / "hand.zarr", path="t", mode="r")
    assert (array.shards, array.chunks) == ((8, 9, 11), (4, 3, 11)), (array.shards, array.chunks)
    found = document("hand.zarr", "t")["codecs"]
    assert [codec["name"] for codec in found] == ["sharding_indexed"]
    inner = found[0]["configuration"]
    assert [codec["name"] for codec in inner["codecs"]] == ["bytes", "zstd", "crc32c"]
    assert [codec["name"] for codec in inner["index_codecs"]] == ["bytes", "crc32c"]
    assert inner["index_location"] == "end"
    for name in ("t", "count"):
        assert [p.name for p in objects("hand.zarr", name)] == ["0", "0"], objects("hand.zarr", name)
    # Neither coordinates nor texts are in shards.
    for name in ("time", "y", "x", "name"):
        assert document("hand.zarr", name)["codecs"][0]["name"] != "sharding_indexed", name
    # Chunks stand in C order, and one that is wholly fill is absent.
    for shard in objects("hand.zarr", "t"):
        found = [entry for entry in index(shard, 6) if entry[1] != 2**64 - 1]
        assert found == sorted(found) and found[0][0] == 0 and len(found) > 2, found
    run("convert", "a.nc", "again.zarr", "--chunking", "time:4,y:3,x:11", "--jobs", 1,
        "--shards", "time:8,y:full", "--compression", "zstd:3", "--checksum", "crc32c")  # fmt: skip
    for a, b in zip(objects("hand.zarr", "t"), objects("again.zarr", "t")):
        assert a.read_bytes() == b.read_bytes()
    words = run("info", "hand.zarr")
    assert "shards 8 × 9 × 11" in words, words
    run("verify", "hand.zarr", "a.nc")


def damage_is_found():
    """A flipped bit in a shard's index or in one of its chunks."""
    for place in (-1, -10, 3):
        run("convert", "a.nc", "bad.zarr", "--chunking", "time:4", "--overwrite",
            "--shards", "time:full", "--checksum", "crc32c")  # fmt: skip
        shard = objects("bad.zarr", "t")[0]
        data = bytearray(shard.read_bytes())
        data[place] ^= 4
        shard.write_bytes(data)
        words = run("verify", "bad.zarr", code=6)
        assert "t" in words, words
        run("repair", "bad.zarr", "a.nc")
        run("verify", "bad.zarr", "a.nc")
        equal("bad.zarr")


def packed():
    run("convert", "a.nc", "packed.zarr", "--chunking", "time:4", "--shards", "time:full",
        "--packing", "--packing-bits", 32)  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = xr.open_zarr(DIRECTORY / "packed.zarr", decode_times=False)["t"].load()
    expected = xr.open_dataset(DIRECTORY / "a.nc", decode_times=False)["t"].values
    assert np.array_equal(np.isnan(found.values), np.isnan(expected))
    assert np.nanmax(abs(found.values - expected)) < 1e-6
    assert zarr.open_array(DIRECTORY / "packed.zarr", path="t", mode="r").shards == (16, 7, 11)


def proposed():
    """The plan's proposal is what is written."""
    arguments = ["convert", "a.nc", "auto.zarr", "--chunking", "time:2,y:2", "--storage", "cloud",
                 "--intelligent-chunking", "--shards", "auto"]  # fmt: skip
    plan = json.JSONDecoder().raw_decode(run(*arguments, "--dry-run", "--json"))[0]
    while "variables" not in plan:
        plan = plan["plan"]
    planned = {v["encoding"]["path"]: v["encoding"].get("shards") for v in plan["variables"]}
    offered = [p["plan"]["shards"]["shape"] for p in plan["planned_chunks"] if "t" in p["variables"]]
    assert planned["t"] and offered == [planned["t"]], (planned, offered)
    run(*arguments)
    equal("auto.zarr")
    assert list(zarr.open_array(DIRECTORY / "auto.zarr", path="t", mode="r").shards) == planned["t"]
    # Here nothing is proposed.
    run("convert", "a.nc", "none.zarr", "--chunking", "time:2", "--shards", "auto")
    assert zarr.open_array(DIRECTORY / "none.zarr", path="t", mode="r").shards is None


def regions():
    """Regions that share a shard are merged into it, whatever is there."""
    run("create-template", "a.nc", "regions.zarr", "--global-end", "2020-01-02T01:00",
        "--chunking", "time:4", "--shards", "time:20")  # fmt: skip
    run("write-region", "b.nc", "regions.zarr")
    equal("regions.zarr", ["b.nc"], slice(13, 26))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = xr.open_zarr(DIRECTORY / "regions.zarr", decode_times=False).load()
    assert np.isnan(found["t"].values[:13]).all()
    words = run("write-region", "--config", "other.toml", "a.nc", "regions.zarr")
    assert "the archive's shards are kept" in words and "have 20" in words, words
    equal("regions.zarr", ["a.nc", "b.nc"])
    run("status", "regions.zarr", "--require-complete")
    run("verify", "regions.zarr", "a.nc", "b.nc")
    for shard in objects("regions.zarr", "t"):
        found = [entry for entry in index(shard, 5) if entry[1] != 2**64 - 1]
        # Rewritten whole: no byte is of an older shard.
        assert sum(size for _, size in found) + 16 * 5 + 4 == shard.stat().st_size


def refused():
    for arguments, needle in [
        (["--shards", "time:8", "--zarr-format", 2], "format 2 has no shards"),
        (["--shards", "auto", "--zarr-format", 2], "format 2 has no shards"),
        (["--chunking", "time:4", "--shards", "time:6"], "the next is 8"),
        (["--shards", "depth:6"], "no dimension"),
        (["--shards", "time:auto"], "left open"),
        (["--shards", "time"], "dimension:length"),
    ]:
        words = run("convert", "a.nc", "no.zarr", *arguments, code=2)
        assert needle in words, (arguments, words)
        assert not (DIRECTORY / "no.zarr").exists()


make("a.nc")
make("b.nc", SHAPE[0])
(DIRECTORY / "other.toml").write_text("[shards]\ntime = 4\n")
for action in (by_hand, damage_is_found, packed, proposed, regions, refused):
    check(action.__name__, action)
