"""Reads archives that have a ledger by every way that lists what is in them, and takes each
warning for an error.

    ledger.py ARCHIVE...

Prints a line of JSON for each archive and way: its fault, which is null when all is well.
"""

import json
import sys
import traceback
import warnings

import xarray as xr
import zarr

NAMES = {"time", "lat", "lon", "height", "t2m", "rain"}


def members(archive):
    for consolidated in None, False:
        group = zarr.open_group(archive, mode="r", use_consolidated=consolidated)
        names = {name for name, _ in group.members(max_depth=None)}
        assert names == NAMES, names
        assert set(group.array_keys()) == NAMES and not list(group.group_keys())


def consolidate(archive):
    with warnings.catch_warnings():
        # zarr-python says that of its own consolidated metadata in format 3.
        warnings.filterwarnings("ignore", "Consolidated metadata is currently not part")
        group = zarr.consolidate_metadata(archive)
    found = set(group.metadata.consolidated_metadata.flattened_metadata)
    assert found == NAMES, found


def dataset(archive):
    for consolidated in True, False:
        data = xr.open_zarr(archive, consolidated=consolidated)
        assert set(data.variables) == NAMES, data
        assert data.t2m.isel(time=0).notnull().all() and data.load() is not None


def datatree(archive):
    tree = xr.open_datatree(archive, engine="zarr")
    assert [node.path for node in tree.subtree] == ["/"], tree
    assert set(tree.variables) == NAMES


def main():
    warnings.simplefilter("error")
    for archive in sys.argv[1:]:
        for check in members, dataset, datatree, consolidate, members, dataset, datatree:
            fault = None
            try:
                check(archive)
            except Exception:
                fault = traceback.format_exc(limit=-2)
            print(json.dumps({"check": f"{check.__name__} {archive}", "fault": fault}), flush=True)


main()
