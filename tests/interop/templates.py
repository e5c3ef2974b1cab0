"""Makes files, lets the program make templates of them, and reads those with xarray and
zarr-python. What is expected is computed here, by xarray and cftime alone.

    templates.py PROGRAM DIRECTORY

Prints a line of JSON for each check: its name and its fault, which is null when all is well.
"""

import warnings

import cftime
import numpy as np
import xarray as xr
import zarr

from program import DIRECTORY, check, run

CALENDARS = [
    "standard",
    "gregorian",
    "proleptic_gregorian",
    "julian",
    "noleap",
    "365_day",
    "all_leap",
    "366_day",
    "360_day",
]



def make(name, values, units, calendar="standard", dtype="f8", bounds=None):
    """A file with these labels, and a variable of every kind."""
    n = len(values)
    attributes = {"units": units, "calendar": calendar, "standard_name": "time"}
    variables = {
        "t2m": (("time", "lat"), np.zeros((n, 3), "f4"), {"units": "K"}),
        "packed": (("time",), np.zeros(n, "i2"), {"scale_factor": 0.5}),
        "flag": (("time",), np.zeros(n, "i1")),
        "orography": (("lat",), np.array([1.5, 2.5, 3.5])),
    }
    if bounds is not None:
        attributes["bounds"] = "time_bnds"
        variables["time_bnds"] = (("time", "nv"), np.zeros((n, 2), bounds))
    data = xr.Dataset(
        variables,
        coords={
            "time": ("time", np.asarray(values, dtype), attributes),
            "lat": ("lat", np.array([10.0, 20.0, 30.0]), {"units": "degrees_north"}),
        },
        attrs={"title": "a template", "Conventions": "CF-1.8"},
    )
    fill = {name: {"_FillValue": None} for name in data.variables}
    fill["packed"]["_FillValue"] = np.int16(-32768)
    path = DIRECTORY / name
    data.to_netcdf(path, encoding=fill, unlimited_dims=["time"])
    return path


def template(paths, archive, *options):
    """Creates a template; what the program said."""
    return run("create-template", *paths, archive, *options)


def opened(archive, **options):
    return xr.open_zarr(DIRECTORY / archive, consolidated=True, **options)


def check_times(archive, expected):
    """The archive's times are these, an index of cftime dates."""
    coder = xr.coders.CFDatetimeCoder(use_cftime=True)
    times = opened(archive, decode_times=coder).time.values
    assert len(times) == len(expected), f"{len(times)} labels, not {len(expected)}"
    differing = np.flatnonzero(times != np.asarray(expected))
    assert not differing.size, f"label {differing[0]}: {times[differing[0]]}"
    # However xarray decodes when it is not told: the same dates.
    plain = opened(archive).time
    assert str(plain.values[0])[:10] == expected[0].isoformat()[:10]


def dates(start, end, freq, calendar):
    name = "standard" if calendar == "gregorian" else calendar
    return xr.date_range(start, end, freq=freq, calendar=name, use_cftime=True)


def calendar_check(calendar, dtype, form):
    last = dates("2009-01-01", "2010-01-01", "D", calendar)[-2]
    end = last.strftime("%Y-%m-%d")
    source = make("c.nc", [1, 2, 3], "days since 1999-12-30", calendar, dtype)
    template([source], "c.zarr", "--global-start", "2000-01-01", "--global-end", end,
             "--freq", "6h", "--overwrite", "--zarr-format", form)
    check_times("c.zarr", dates("2000-01-01", f"{end}T18:00:00", "6h", calendar))
    raw = opened("c.zarr", decode_times=False).time
    assert raw.dtype == "int64" and raw.attrs["calendar"] == calendar, raw
    # The labels themselves, by cftime.
    numbers = cftime.date2num(
        dates("2000-01-01", f"{end}T18:00:00", "6h", calendar), raw.attrs["units"], calendar
    )
    assert (raw.values == numbers).all()


def frequency_check(freq, calendar):
    source = make("f.nc", [0.5], "days since 1980-01-01", calendar)
    template([source], "f.zarr", "--global-start", "2001-01-01", "--global-end", "2010-12",
             "--freq", freq, "--overwrite")
    labels = dates("2001-01-01", "2011-01-15", freq, calendar)
    check_times("f.zarr", labels[labels.year < 2011])


def inferred_months():
    for freq in ["MS", "ME", "YS"]:
        labels = dates("1999-01-01", "2003-02-01", freq, "noleap")
        values = cftime.date2num(labels, "days since 1970-01-01", "noleap")
        source = make("m.nc", values, "days since 1970-01-01", "noleap", "i4")
        template([source], "m.zarr", "--global-end", "2012-12-31", "--overwrite")
        labels = dates("1999-01-01", "2013-01-15", freq, "noleap")
        check_times("m.zarr", labels[labels.year < 2013])


def four_years_of_hours():
    source = make("h.nc", range(24), "hours since 2020-01-01", dtype="i4")
    template([source], "h.zarr", "--global-start", "2020-01-01", "--global-end", "2023-12-31",
             "--freq", "1h", "--chunking", "time:100")
    data = opened("h.zarr")
    assert data.sizes["time"] == 35064
    assert data.time.values[-1] == np.datetime64("2023-12-31T23:00:00")
    assert data.t2m.encoding["chunks"] == (100, 3)


def float32_days():
    values = np.arange(240, dtype="f8") / 24 + 36524
    source = make("s.nc", values, "days since 1900-01-01", dtype="f4")
    template([source], "s.zarr", "--global-end", "2000-01-31")
    check_times("s.zarr", dates("2000-01-01", "2000-01-31T23:00:00", "h", "standard"))


def twelve_files_with_gaps():
    expected = []
    for month in range(12, 0, -1):
        days = dates(f"2001-{month:02}-01", f"2001-{month:02}-20", "D", "360_day")
        units = f"hours since 2001-{month:02}-01"
        make(f"g{month:02}.nc", np.arange(20) * 24, units, "360_day")
        expected = [*days, *expected]
    template([DIRECTORY / "g*.nc"], "g.zarr")
    check_times("g.zarr", expected)


def unwritten(form):
    source = make("u.nc", [0, 1], "days since 2000-01-01", bounds="f8")
    said = template([source], "u.zarr", "--global-end", "2000-12-31", "--zarr-format", form,
                    "--overwrite")
    assert "flag" in said and "packed" not in said, said
    data = opened("u.zarr")
    assert np.isnan(data.t2m.values).all() and np.isnan(data.packed.values).all()
    assert data.flag.dtype == "int8" and not data.flag.values.any()
    assert np.isnat(data.time_bnds.values).all(), data.time_bnds
    assert (data.orography.values == [1.5, 2.5, 3.5]).all()
    assert data.attrs["title"] == "a template"
    group = zarr.open_group(DIRECTORY / "u.zarr", mode="r")
    assert np.isnan(group["t2m"][:]).all() and group["packed"][3] == -32768
    assert not list((DIRECTORY / "u.zarr/t2m").rglob("c*"))


def unwritten_bounds(calendar, dtype, form):
    """cftime knows no missing date, so that in its calendars the epoch stands for it."""
    source = make("b.nc", [0, 1], "days since 2000-01-01", calendar, "i4", bounds=dtype)
    template([source], "b.zarr", "--freq", "6h", "--zarr-format", form, "--overwrite")
    bounds = opened("b.zarr").time_bnds.values
    if calendar in ("standard", "gregorian", "proleptic_gregorian"):
        assert np.isnat(bounds).all(), bounds
    else:
        assert (bounds == dates("2000-01-01", "2000-01-01", "D", calendar)[0]).all(), bounds


def fill_values(form):
    source = make("v.nc", [0, 1], "days since 2000-01-01")
    said = template([source], "v.zarr", "--fill", "flag=-1", "--zarr-format", form, "--overwrite")
    assert "missing value" not in said, said
    assert np.isnan(opened("v.zarr").flag.values).all()
    assert (opened("v.zarr", mask_and_scale=False).flag.values == -1).all()
    assert (zarr.open_group(DIRECTORY / "v.zarr", mode="r")["flag"][:] == -1).all()


def computed(form):
    source = make("p.nc", [0, 1], "days since 2000-01-01")
    template([source], "p.zarr", "--global-end", "2000-01-31", "--compute", "--overwrite",
             "--zarr-format", form)
    data = opened("p.zarr")
    assert np.isnan(data.t2m.values).all() and np.isnan(data.packed.values).all()
    assert list((DIRECTORY / "p.zarr/t2m").rglob("*0*"))


def checks():
    for form in "3", "2":
        for dtype in "f8", "i4", "f4":
            for calendar in CALENDARS:
                if (form, dtype) != ("2", "f4"):
                    yield f"{calendar} {dtype} {form}", calendar_check, (calendar, dtype, form)
    for freq in "MS", "ME", "YS", "3h", "15min", "1D":
        for calendar in "standard", "julian", "all_leap", "360_day":
            yield f"{freq} {calendar}", frequency_check, (freq, calendar)
    yield "inferred months", inferred_months, ()
    yield "four years of hours", four_years_of_hours, ()
    yield "days in binary32", float32_days, ()
    yield "twelve files with gaps", twelve_files_with_gaps, ()
    for form in "3", "2":
        yield f"unwritten {form}", unwritten, (form,)
        for calendar in CALENDARS:
            for dtype in "i4", "f4", "f8":
                name = f"bounds {calendar} {dtype} {form}"
                yield name, unwritten_bounds, (calendar, dtype, form)
        yield f"fill values {form}", fill_values, (form,)
        yield f"computed {form}", computed, (form,)


def main():
    warnings.simplefilter("error")
    for name, action, arguments in checks():
        check(name, action, *arguments)


main()
