"""Converts files one after another with the defaults of a library, each to NAME.zarr.

    convert_defaults.py xarray|zarr|zarrio FILE... [--net]

With --net the last line printed is what it took from when everything was imported, as JSON.
"""

import argparse
import json
import logging
import time
import warnings
from pathlib import Path


def with_xarray():
    import xarray
    import zarr  # noqa: F401 Otherwise imported with the first file.
    return lambda file, output: xarray.open_dataset(file).to_zarr(output)


def with_zarr():
    """The variables as they are stored, with what else `create_array` needs to be read again."""
    import netCDF4
    import numpy
    import zarr

    def copy(source, group):
        group.attrs.update(attributes(source))
        for name, variable in source.variables.items():
            values = numpy.asarray(variable[...])
            if values.dtype == object:
                values = values.astype(numpy.dtypes.StringDType())
            group.create_array(name, data=values, attributes=attributes(variable),
                               dimension_names=variable.dimensions)
        for name, inner in source.groups.items():
            copy(inner, group.create_group(name))

    def attributes(of):
        values = {name: numpy.asarray(of.getncattr(name)).tolist() for name in of.ncattrs()}
        return {name: value.decode("latin-1") if isinstance(value, bytes) else value
                for name, value in values.items()}

    def convert(file, output):
        with netCDF4.Dataset(file) as source:
            source.set_auto_maskandscale(False)
            source.set_auto_chartostring(False)
            copy(source, zarr.create_group(output))
        zarr.consolidate_metadata(output)

    return convert


def with_zarrio():
    from zarrio import convert_to_zarr
    return convert_to_zarr


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("library", choices=("xarray", "zarr", "zarrio"))
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--net", action="store_true")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable()
    ways = {"xarray": with_xarray, "zarr": with_zarr, "zarrio": with_zarrio}
    convert = ways[arguments.library]()
    wall, cpu = time.perf_counter(), time.process_time()
    for file in arguments.files:
        convert(str(file), f"{file.name}.zarr")
    figures = dict(wall=time.perf_counter() - wall, cpu=time.process_time() - cpu)
    if arguments.net:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
