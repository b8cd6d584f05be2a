# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Name servers, search domains and resolver options: Compose gives them to services, this collection to networks."""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.declare.resolver_options import (
    name_servers,
    resolver_options,
    search_domains,
)

# From keys of a service to options of a network.
_OPTIONS = {
    "dns": ("dns_servers", name_servers),
    "dns_search": ("dns_search", search_domains),
    "dns_opt": ("dns_options", resolver_options),
}
KEYS = tuple(_OPTIONS)


def resolver_of(given):
    """Return what a service says, a dict from option of a network to a tuple of texts.

    Args:
        given: dict from key of the service to its `Node`.
    """
    found = {}
    for key, (option, parse) in _OPTIONS.items():
        if key not in given:
            continue
        values = [item.text() for item in given[key].one_or_many()]
        if key == "dns_search" and values == ["."]:
            values = []
        try:
            found[option] = tuple(str(item) for item in parse(values))
        except ValueError as error:
            raise given[key].refuse(str(error)) from error
    return found


def resolver_for_all(services, report):
    """Return the options of the network that services have as their first, as far as they agree.

    Args:
        services: list of `Service`.
        report: where to name what some of them say alone.
    """
    found = {}
    for option, _parse in _OPTIONS.values():
        said = {service.resolver.get(option) for service in services}
        if len(said) == 1 and None not in said:
            found[option] = list(said.pop())
            continue
        for service in services:
            if option in service.resolver:
                report.add(service, "%s is one for all containers of a network, and they do not agree" % option)
    return found
