#!/usr/bin/env python3
"""Compares archives with the NetCDF files that they were made from.

    compare.py SOURCE.nc ARCHIVE.zarr      one pair; prints what differs
    compare.py < PAIRS.json                many pairs; prints a line of JSON for each

Pairs are a JSON list of {"source", "archive", "skipped": bool}; "skipped" says that
variables which no Zarr type can hold were left out on purpose.

Every group is opened by xarray twice: raw, as stored, where every bit counts, and decoded,
as a user sees it. A warning about the archive that the source does not cause is a difference.

Exit code: 0 all equal, 1 something differs, 2 something could not be compared.
"""

import json
import sys
import warnings
from contextlib import contextmanager

import netCDF4
import numpy as np
import xarray as xr
import zarr

from values import (
    compare_decoded, compare_raw, has_signalling_nan, is_text, plain, same_attribute,
)

# What netCDF and HDF5 keep for themselves, and what readers add.
HIDDEN = {
    "_NCProperties", "_Netcdf4Dimid", "_Netcdf4Coordinates", "_nc3_strict", "CLASS", "NAME",
    "REFERENCE_LIST", "DIMENSION_LIST", "DIMENSION_LABELS", "_ARRAY_DIMENSIONS",
}
# What stands for the type of an enum.
ENUM = {"flag_values", "flag_meanings"}
PACKING = ("scale_factor", "add_offset")

RAW = dict(decode_cf=True, mask_and_scale=False, decode_times=False, decode_coords=False,
           decode_timedelta=False)
DECODED = dict(decode_cf=True, decode_timedelta=False)


def source_groups(path):
    def walk(group, name):
        yield name, group
        for child_name, child in group.groups.items():
            yield from walk(child, f"{name}/{child_name}" if name else child_name)

    with netCDF4.Dataset(path) as root:
        return {name: unsupported(group) for name, group in walk(root, "")}


def unsupported(group):
    """Variables of a type that Zarr does not have: compound, opaque, lists."""
    return {
        name
        for name, variable in group.variables.items()
        if isinstance(variable.datatype, (netCDF4.CompoundType, netCDF4.VLType))
    }


def bytes_of(characters):
    """Characters as the numbers that they are stored as."""
    return np.ascontiguousarray(characters).view("u1").reshape(np.shape(characters))


def archive_groups(path):
    def walk(group, name):
        yield name, {key for key, _ in group.arrays()}
        for child_name, child in group.groups():
            yield from walk(child, f"{name}/{child_name}" if name else child_name)

    # As the store has it: whether the consolidated metadata say the same is compared.
    return dict(walk(zarr.open_group(path, mode="r", use_consolidated=False), ""))


class Unreadable(Exception):
    """The reference cannot read the source, so there is nothing to compare with."""


@contextmanager
def listen(said):
    """Collects what is warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    said |= {f"{warning.category.__name__}: {warning.message}" for warning in caught}


class Comparison:
    """What differs between one file and its archive."""

    def __init__(self, source, archive, skipped):
        self.source, self.archive, self.skipped = source, archive, skipped
        self.differences = []
        self.variables = 0
        # Warnings of the readers about either side.
        self.source_warnings, self.archive_warnings = set(), set()

    def note(self, group, name, text):
        where = "/".join(part for part in (group, name) if part) or "/"
        self.differences.append(f"{where}: {text}")

    def open_source(self, group, **how):
        with listen(self.source_warnings):
            return xr.open_dataset(
                self.source, engine="netcdf4", group=group or None, **how
            ).load()

    def open_archive(self, group, **how):
        with listen(self.archive_warnings):
            return xr.open_dataset(
                self.archive, engine="zarr", group=group or None, consolidated=True,
                chunks=None, **how
            ).load()

    def run(self):
        try:
            groups = source_groups(self.source)
        except Exception as error:
            raise Unreadable(error) from error
        with listen(self.archive_warnings):
            found = archive_groups(self.archive)
        for name in sorted(set(groups) - set(found)):
            self.note(name, "", "the group is missing")
        for name in sorted(set(found) - set(groups)):
            self.note(name, "", "the group is not in the source")
        for name in sorted(set(found) & set(groups)):
            self.group(name, groups[name], found[name])
        for warning in sorted(self.archive_warnings - self.source_warnings):
            self.note("", "", f"warning: {warning}")
        return self

    def group(self, group, unsupported, arrays):
        try:
            source = self.open_source(group, **RAW)
        except Exception as error:
            raise Unreadable(error) from error
        archive = self.open_archive(group, **RAW)
        if set(archive.variables) != arrays:
            self.note(group, "", f"consolidated metadata name {sorted(archive.variables)}, "
                                 f"the store {sorted(arrays)}")
        self.attributes(group, "", source.attrs, archive.attrs)
        for name in sorted(set(archive.variables) - set(source.variables)):
            self.note(group, name, "is not in the source")
        shared = []
        for name in source.variables:
            if name in archive.variables:
                shared.append(name)
                self.raw(group, name, source.variables[name], archive.variables[name])
            elif not (self.skipped and name in unsupported):
                self.note(group, name, "is missing")
        self.variables += len(shared)
        self.decoded(group, shared, source, archive)

    def raw(self, group, name, a, b):
        if a.dims != b.dims:
            # Characters that are no text in any encoding stay bytes, with their dimension.
            if not (is_text(a.values) and b.dtype == np.uint8):
                self.note(group, name, f"dimensions {a.dims} became {b.dims}")
                return
            separate = xr.open_dataset(self.source, engine="netcdf4", group=group or None,
                                       **RAW, concat_characters=False)[name].values
            difference = compare_raw(bytes_of(separate), b.values)
        elif a.dtype == "S1" and b.dtype == np.uint8:
            difference = compare_raw(bytes_of(a.values), b.values)
        else:
            difference = compare_raw(a.values, b.values)
        if difference:
            self.note(group, name, f"stored values: {difference}")
        if has_signalling_nan(a.values):
            # In format 3 the fill value is a double, so that comparing with it widens.
            self.source_warnings.add("RuntimeWarning: invalid value encountered in cast")
        self.attributes(group, name, a.attrs, b.attrs, a)

    def attributes(self, group, name, a, b, variable=None):
        a = {k: v for k, v in a.items() if k not in HIDDEN}
        b = {k: v for k, v in b.items() if k not in HIDDEN}
        text = variable is not None and is_text(variable.values)
        if variable is None:
            old, new = plain(a.pop("history", "")), plain(b.pop("history", ""))
            # One line more than before; where, is up to the writer.
            if str(old) not in str(new):
                self.note(group, name, "attribute history lost what it said")
        for key in a:
            # Neither has JSON a form for: the fill value of texts, an attribute of a compound.
            if key == "_FillValue" and text or np.asarray(a[key]).dtype.kind == "V":
                continue
            if key not in b:
                self.note(group, name, f"attribute {key} is missing")
            elif not same_attribute(key, a[key], b[key]):
                self.note(group, name,
                          f"attribute {key}: {plain(a[key])!r} became {plain(b[key])!r}")
        for key in sorted(set(b) - set(a)):
            if key == "_FillValue" and variable is not None and variable.dtype.kind == "f":
                if np.isnan(b[key]):
                    continue
            if key == "_FillValue" and text or key in ENUM and variable is not None:
                continue
            # So format 3 tells the fill value of texts.
            if key == "missing_value" and text and same_attribute(key, a.get("_FillValue"), b[key]):
                continue
            self.note(group, name, f"attribute {key} is not in the source: {plain(b[key])!r}")

    def decoded(self, group, names, raw_source, raw_archive):
        drop = [name for name in raw_source.variables if name not in names]
        for how in (DECODED, {**DECODED, "decode_times": False}):
            try:
                source = self.open_source(group, drop_variables=drop, **how)
                break
            except Exception:
                # Units that nobody can decode: then as numbers, on both sides.
                continue
        else:
            return
        archive = self.open_archive(group, **how)
        for name in names:
            a, b = source.variables[name], archive.variables[name]
            tolerance = self.width(a, raw_source.variables[name], raw_archive.variables[name])
            # Bytes that are no text are equal as they are stored or not at all, and so are
            # texts with a fill value: xarray opens no text of format 3 that has one.
            text = is_text(raw_source.variables[name].values)
            stored_only = text and (
                b.dtype == np.uint8 or "_FillValue" in raw_source.variables[name].attrs
            )
            if a.dims == b.dims and not stored_only:
                difference = compare_decoded(a.values, b.values, tolerance)
                if difference:
                    self.note(group, name, f"decoded values: {difference}")
        if set(source.coords) != set(archive.coords):
            self.note(group, "", f"coordinates {sorted(map(str, source.coords))} "
                                 f"became {sorted(map(str, archive.coords))}")

    @staticmethod
    def width(decoded, a, b):
        """What may differ where xarray decodes packed integers at another width.

        JSON has no float32, so a `scale_factor` of that type comes back as a double, and
        xarray then computes in doubles. Same integers and same factors are the same.
        """
        factors = [a.attrs[key] for key in PACKING if key in a.attrs]
        if not any(np.asarray(factor).dtype == np.float32 for factor in factors):
            return None
        if compare_raw(a.values, b.values) is not None or decoded.dtype.kind != "f":
            return None
        offset = abs(float(np.ravel(a.attrs.get("add_offset", 0.0))[0]))
        return 4 * np.finfo(np.float32).eps * (np.abs(decoded.values.astype(float)) + offset)


def compare(pair):
    comparison = Comparison(pair["source"], pair["archive"], pair.get("skipped", False))
    report = dict(source=pair["source"], archive=pair["archive"])
    try:
        comparison.run()
        report["status"] = "different" if comparison.differences else "equal"
    except Unreadable as error:
        report["status"] = "unreadable"
        comparison.differences.append(f"the source: {error}")
    except Exception as error:
        report["status"] = "failed"
        comparison.differences.append(f"{type(error).__name__}: {error}")
    return dict(report, differences=comparison.differences, variables=comparison.variables)


def main():
    if len(sys.argv) == 3:
        report = compare(dict(source=sys.argv[1], archive=sys.argv[2]))
        print(report["status"], f"({report['variables']} variables)")
        for difference in report["differences"]:
            print("  " + difference)
        reports = [report]
    elif len(sys.argv) == 1:
        reports = []
        for pair in json.load(sys.stdin):
            reports.append(compare(pair))
            # At once: should a library crash on the next, this one is known.
            print(json.dumps(reports[-1]), flush=True)
    else:
        sys.exit(__doc__)
    statuses = {report["status"] for report in reports}
    sys.exit(1 if "different" in statuses else 0 if statuses <= {"equal"} else 2)


if __name__ == "__main__":
    main()
