# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many random examples a wide test tries: a sample in continuous integration, more by `make test-long`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("HOSTNET_EXAMPLES", "1"))


def examples(sample):
    """Return the settings of a test that tries this many examples, times HOSTNET_EXAMPLES in the environment."""
    return settings(
        max_examples=sample * TIMES, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
    )
