# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names by which containers find each other: texts of hosts and resolv.conf files.

Each namespace has files of its own: ``ip netns exec`` lets its root write into them, and so no other is misled. The
texts of those on the same networks are alike, so that they are put together once.
"""

from __future__ import annotations

from ansible_collections.hostnet.containers.plugins.module_utils.declare.network import attachments
from ansible_collections.hostnet.containers.plugins.module_utils.state.no_file import NoFile

HEADER = "# Written by hostnet.containers; changes are overwritten.\n"
# Where former versions kept what all containers of a network shared.
HOSTS_FOLDER = "/etc/hostnet/hosts/"
DNS_FOLDER = "/etc/hostnet/dns/"
LOCAL_FOLDER = "/etc/hostnet/local-names/"
NETNS_FOLDER = "/etc/netns/"
_LOCAL = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n"


def name_files(networks, resolver):
    """Return the files that declared networks need.

    Args:
        networks: dict from name to `Network`, with addresses.
        resolver: the `Resolver` of the host.

    Returns:
        dict: from path to text.
    """
    entries, groups = {}, {}
    for _owner, container, attachment in attachments(networks):
        for item in attachment.addresses or ():
            names = (container.name, *container.hosts)
            entries.setdefault(attachment.name, {})[item.ip] = names
            groups.setdefault(container.namespace, ({}, []))[0][item.ip] = names
        groups.setdefault(container.namespace, ({}, []))[1].append(attachment.name)
    files, shared = {}, {}
    for netns, (own, joined) in groups.items():
        key = tuple(sorted(joined))
        if key not in shared:
            shared[key] = _Names([entries.get(name, {}) for name in key])
        files[hosts_file(netns)] = shared[key].text_for(own)
        files[NETNS_FOLDER + netns + "/resolv.conf"] = _resolv_conf([networks[name] for name in joined], resolver)
    for name, network in networks.items():
        if network.dns:
            found = entries.get(name, {})
            files[names_file(name)] = HEADER + _lines(found)
            files[local_names_file(name)] = _local_names(network, found)
    return files


def hosts_file(netns):
    """The names that are known in a namespace."""
    return NETNS_FOLDER + netns + "/hosts"


def netns_of(path):
    """The namespace that a file below ``/etc/netns`` is for; None for other files."""
    return path[len(NETNS_FOLDER) :].partition("/")[0] if path.startswith(NETNS_FOLDER) else None


def names_folder(name):
    """The folder that the DNS server of a network reads."""
    return DNS_FOLDER + name


def names_file(name):
    """The names that the DNS server of a network answers for."""
    return names_folder(name) + "/hosts"


def local_names_file(name):
    """Of what the DNS server of a network asks nobody else, whatever the type."""
    return LOCAL_FOLDER + name


def looks_ours(content):
    """Whether a file below ``/etc/netns`` says that this collection wrote it."""
    if isinstance(content, NoFile):
        return (content.target or "").startswith(HOSTS_FOLDER)
    return content.startswith(HEADER)


class _Names:
    """The names on a set of networks.

    Args:
        groups: dicts from address to names, one for each network.
    """

    def __init__(self, groups):
        self._lines = {ip: names for group in groups for ip, names in group.items()}
        self._text = _lines(self._lines)
        self._count = {}
        for names in self._lines.values():
            for name in set(names):
                self._count[name] = self._count.get(name, 0) + 1

    def text_for(self, own):
        """The hosts file of a container: where others bear its names, too, its own addresses come first."""
        mine = {}
        for names in own.values():
            for name in set(names):
                mine[name] = mine.get(name, 0) + 1
        if all(self._count[name] == count for name, count in mine.items()):
            return HEADER + _LOCAL + self._text
        others = {ip: names for ip, names in self._lines.items() if ip not in own}
        return HEADER + _LOCAL + _lines(own) + _lines(others)


def _lines(names_by_ip):
    ordered = sorted(names_by_ip, key=lambda ip: (ip.version, ip))
    return "".join("%s %s\n" % (ip, " ".join(names_by_ip[ip])) for ip in ordered)


def _resolv_conf(joined, resolver):
    """What the networks of a container say; what none of them says is as on the host."""
    lines = ["nameserver %s" % item for item in _servers(joined, resolver)]
    lines += [" ".join((word, *values)) for word, values in _further(joined, resolver) if values]
    return HEADER + "".join("%s\n" % line for line in lines)


def _servers(joined, resolver):
    """Those of the host count where no network of the container leads to the outside by its own."""
    found = []
    for network in joined:
        found += network.gateway_of.values() if network.dns else network.dns_servers or ()
    led = any(not network.internal and (network.dns or network.dns_servers is not None) for network in joined)
    return dict.fromkeys([*map(str, found), *(resolver.servers if _outside(joined) and not led else ())])


def _further(joined, resolver):
    for word, option in (("search", "dns_search"), ("options", "dns_options")):
        declared = [getattr(network, option) for network in joined if getattr(network, option) is not None]
        usual = getattr(resolver, word) if _outside(joined) else ()
        yield word, dict.fromkeys(value for values in declared for value in values) if declared else usual


def _outside(joined):
    return any(not network.internal for network in joined)


def _local_names(network, found):
    """In the words of dnsmasq: names without a dot, those of containers, and the addresses of the network.

    What lies below a name of ours need not be ours: with a container ``example.com``, ``www.example.com`` is asked for
    as ever. A dnsmasq before 2.86 does not understand that, and finds nothing below it.
    """
    names = sorted({name for names in found.values() for name in names if "." in name})
    zones = [zone for subnet in network.subnets for zone in _reverse_zones(subnet)]
    lines = ["server=/%s/" % name for name in ["", *names, *zones]] + ["server=/*.%s/#" % name for name in names]
    return HEADER + "".join(line + "\n" for line in lines)


def _reverse_zones(subnet):
    """The zones that hold the addresses of a subnet and no others, as far as there are few."""
    step = 8 if subnet.version == 4 else 4
    length = min(-(-subnet.prefixlen // step) * step, subnet.max_prefixlen)
    for part in subnet.subnets(new_prefix=length):
        labels = part.network_address.reverse_pointer.split(".")
        yield ".".join(labels[(subnet.max_prefixlen - length) // step :])
