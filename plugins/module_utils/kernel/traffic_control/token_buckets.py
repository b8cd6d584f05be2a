# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Token buckets from declared rates, and back without loss."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.kernel import ownership_marks
from ansible_collections.hostnet.containers.plugins.module_utils.kernel.traffic_control import queueing_disciplines

# Two numbers tell whether the burst was chosen by the user.
_OWN_BURST, _USERS_BURST = HANDLES = ownership_marks.GROUP << 16, ownership_marks.CONDEMNED_GROUP << 16
_LEAST_BURST = 16 * 1024
_BURSTS_PER_SECOND = 250
# Packets wait for up to a twentieth of a second before more are dropped.
_HELD_PER_SECOND = 20
_LARGEST_HELD = 2**31
_LARGEST = 2**32 - 1
_LINK_HEADER = 18


def bucket_for(rate, burst, mtu):
    """Make a bucket that a packet fits in. Its limit keeps the burst to the byte; the kernel rounds the burst.

    Args:
        rate: bits per second.
        burst: bytes; None for what suits the rate.
        mtu: bytes, of the limited link.
    """
    per_second = rate // 8
    wanted = burst or _default_burst(per_second)
    return queueing_disciplines.Bucket(
        handle=_USERS_BURST if burst else _OWN_BURST,
        rate=per_second,
        burst=max(wanted, mtu + _LINK_HEADER),
        limit=min(_held(per_second, mtu) + wanted, _LARGEST),
    )


def rate_of(bucket):
    """Return the rate of a bucket in bits per second; None where there is no bucket."""
    return None if bucket is None else bucket.rate * 8


def burst_of(bucket, mtu):
    """Return the burst that the user chose, in bytes; None if none was chosen."""
    return bucket.limit - _held(bucket.rate, mtu) if bucket.handle == _USERS_BURST else None


def _default_burst(per_second):
    return max(per_second // _BURSTS_PER_SECOND, _LEAST_BURST)


def _held(per_second, mtu):
    return min(max(per_second // _HELD_PER_SECOND, mtu + _LINK_HEADER), _LARGEST_HELD)
