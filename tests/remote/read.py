"""Checks the archive of the year on a server as xarray reads it: read.py ENDPOINT URL"""

import sys

import numpy as np
import xarray as xr

endpoint, url = sys.argv[1:]
archive = xr.open_zarr(
    url,
    storage_options={"client_kwargs": {"endpoint_url": endpoint}},
    consolidated=True,
    decode_cf=False,
)
temperature, rain = archive["temperature"].values.ravel(), archive["rain"].values.ravel()
index = np.arange(temperature.size)
np.testing.assert_array_equal(temperature, index.astype("f4"))
np.testing.assert_array_equal(rain, (index % 10000).astype("i2"))
assert index.size == 365 * 4 * 4 * 5
print("equal")
