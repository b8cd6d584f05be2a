# Copyright: Contributors to hostnet.containers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The keys of a Compose file: those that say something about networks, and those that do not."""

from __future__ import annotations


def _words(text):
    return frozenset(text.split())


TOP = _words("configs include models name networks secrets services version volumes")

# Read here.
SERVICE = _words(
    """container_name deploy dns dns_opt dns_search extra_hosts links mac_address network_mode networks ports profiles
    scale sysctls"""
)
# About the network, and without an equivalent.
NAMED = {
    "domainname": "a container has no name of its own; programs see the host's",
    "extends": "is not followed; give the output of `docker compose config`, where it is resolved",
    "external_links": "names of containers elsewhere are not known; give them with hosts where they are declared",
    "hostname": "a container has no name of its own; programs see the host's. Names for others are given with aliases",
    "net": "is a key of old Compose files; write network_mode or networks",
}
# What a program needs beside a network: whatever runs in the container takes care of it.
OTHERS = _words(
    """annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command configs cpu_count cpu_percent
    cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset credential_spec depends_on develop
    device_cgroup_rules devices entrypoint env_file environment expose gpus group_add healthcheck image init ipc
    isolation label_file labels logging mem_limit mem_reservation mem_swappiness memswap_limit models oom_kill_disable
    oom_score_adj pid pids_limit platform post_start pre_stop privileged provider pull_policy read_only restart runtime
    secrets security_opt shm_size stdin_open stop_grace_period stop_signal storage_opt tmpfs tty ulimits use_api_socket
    user userns_mode uts volume_driver volumes volumes_from working_dir"""
)
ALL_OF_SERVICE = SERVICE | frozenset(NAMED) | OTHERS

NETWORK = _words("attachable driver driver_opts enable_ipv4 enable_ipv6 external internal ipam labels name")
IPAM = _words("config driver options")
IPAM_CONFIG = _words("aux_addresses gateway ip_range subnet")
JOIN = _words(
    """aliases driver_opts gw_priority interface_name ipv4_address ipv6_address link_local_ips mac_address
    priority"""
)
PORT = _words("app_protocol host_ip mode name protocol published target")
