"""Makes a file whose attributes say in every way what is missing, and lets xarray mask it and
the archives that the program makes of it.

    missing.py PROGRAM DIRECTORY

Prints a line of JSON for each check: its name and its fault, which is null when all is well.
"""

import warnings

import netCDF4
import numpy as np
import xarray as xr

from program import DIRECTORY, check, run

NAN, INF = np.float32(np.nan), np.float32(np.inf)
REALS = [1, 2, np.nan, np.inf]
VARIABLES = {
    "nan": ("f4", REALS, {"missing_value": NAN}),
    "infinite": ("f4", REALS, {"missing_value": INF}),
    "beside_nan": ("f8", REALS, {"_FillValue": np.nan, "missing_value": np.inf}),
    "list": ("f4", REALS, {"missing_value": np.array([np.nan, 2], "f4")}),
    "list_of_both": ("f4", REALS, {"missing_value": np.array([np.inf, 2], "f4")}),
    "range": ("f4", REALS, {"valid_min": -INF, "valid_max": NAN}),
    "integers": ("i2", [1, 2, 3, 4], {"missing_value": NAN}),
    "integers_infinite": ("i2", [1, 2, 3, 4], {"missing_value": INF}),
    "packed": ("i2", [1, 2, 3, 4], {"missing_value": np.array([np.nan, 3]), "scale_factor": 0.5}),
    "signed": ("u1", [1, 200, 255, 100], {"_FillValue": 200, "_Unsigned": "false"}),
    "signed_packed": (
        "u2",
        [1, 65534, 65535, 100],
        {"_FillValue": 65534, "_Unsigned": "false", "scale_factor": 0.5},
    ),
    "signed_largest": ("u8", [1, 2**64 - 1, 7, 100], {"_FillValue": 2**64 - 1, "_Unsigned": "false"}),
}


def write(path, variables):
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("x", 4)
        for name, (dtype, values, attributes) in variables.items():
            attributes = dict(attributes)
            fill = attributes.pop("_FillValue", None)
            variable = file.createVariable(name, dtype, ("x",), fill_value=fill)
            variable.set_auto_maskandscale(False)
            variable[:] = np.array(values, dtype)
            variable.setncatts(attributes)


def masks(format):
    write(DIRECTORY / "in.nc", VARIABLES)
    archive = f"out{format}.zarr"
    run("convert", "in.nc", archive, "--zarr-format", format)
    with warnings.catch_warnings():
        # xarray says of the file what it says of several fill values.
        warnings.simplefilter("ignore")
        there, here = xr.open_dataset(DIRECTORY / "in.nc"), xr.open_zarr(DIRECTORY / archive)
        for name in VARIABLES:
            np.testing.assert_array_equal(there[name].values, here[name].values, name)
            assert there[name].dtype == here[name].dtype, name
    said = run("verify", archive, "in.nc")
    assert "by what they mean" not in said, said
    # An archive made from the archive is no other.
    run("convert", archive, f"again{format}.zarr", "--zarr-format", format)
    again = xr.open_zarr(DIRECTORY / f"again{format}.zarr", mask_and_scale=False)
    first = xr.open_zarr(DIRECTORY / archive, mask_and_scale=False)
    for name in VARIABLES:
        assert repr(again[name].attrs) == repr(first[name].attrs), again[name].attrs


def left_over():
    """What no form masks in an archive is a value there, and told as one everywhere."""
    left = {"v": ("f4", REALS, {"_FillValue": np.float32(2), "missing_value": INF})}
    write(DIRECTORY / "left.nc", left)
    run("convert", "left.nc", "left.zarr")
    run("verify", "left.zarr")
    run("verify", "left.zarr", "left.nc")
    raw = xr.open_zarr(DIRECTORY / "left.zarr", mask_and_scale=False)
    np.testing.assert_array_equal(raw["v"].values, REALS)


def appended():
    """The next file has the same encoding, whatever form the archive has for it."""
    for name, start in [("one.nc", 0), ("two.nc", 3)]:
        data = xr.Dataset(
            {"t": ("time", np.array([1, np.nan, np.inf], "f4"), {"missing_value": INF}),
             "u": ("time", np.array([1, np.nan, np.inf], "f4"), {"missing_value": NAN})},
            {"time": ("time", start + np.arange(3), {"units": "hours since 2020-01-01"})},
        )
        none = {n: {"_FillValue": None} for n in data.variables}
        data.to_netcdf(DIRECTORY / name, encoding=none, unlimited_dims=["time"])
    run("convert", "one.nc", "grown.zarr")
    said = run("append", "two.nc", "grown.zarr")
    assert "differ" not in said and "encod" not in said, said
    raw = xr.open_zarr(DIRECTORY / "grown.zarr", mask_and_scale=False)
    np.testing.assert_array_equal(raw["t"].values, [1, np.nan, np.inf] * 2)


def refused(name, number):
    write(DIRECTORY / "broken.nc", {"v": ("i2", [1, 2, 3, 4], {name: number})})
    said = run("convert", "broken.nc", "never.zarr", code=3)
    assert "broken.nc" in said and '"v"' in said and name in said, said
    assert not (DIRECTORY / "never.zarr").exists()


for format in (3, 2):
    check("masks", masks, format)
check("left over", left_over)
check("appended", appended)
for name in ("scale_factor", "add_offset"):
    for number in (np.nan, np.inf):
        check("refused", refused, name, number)
