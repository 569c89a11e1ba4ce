/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which endpoint an interface is of, and the counters that every packet of it goes to: places in arrays that depend on
 * nothing else.
 */
#ifndef FOVEA_PACKET_ENDPOINTS_H
#define FOVEA_PACKET_ENDPOINTS_H

#include "packet_parse.h"

/* ifindex -> endpoint: direct places first, a hash for those that share a place. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FOVEA_INTERFACE_TABLE);
	__type(key, __u32);
	__type(value, struct interface_entry);
} interfaces SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FOVEA_INTERFACE_TABLE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct interface_entry);
} more_interfaces SEC(".maps");

/* [cpu][endpoint][direction] */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct endpoint_counters);
} endpoints SEC(".maps");

static __always_inline struct endpoint_counters *counters_of(__u32 cpu, __u32 endpoint,
							     __u32 direction)
{
	__u32 place = (cpu * knobs.endpoints + endpoint) * FOVEA_DIRECTIONS + direction;

	return bpf_map_lookup_elem(&endpoints, &place);
}

static __always_inline struct interface_entry *interface_of(__u32 ifindex)
{
	__u32 place = ifindex & (FOVEA_INTERFACE_TABLE - 1);
	struct interface_entry *entry = bpf_map_lookup_elem(&interfaces, &place);

	if (entry && entry->ifindex == ifindex)
		return entry;
	return bpf_map_lookup_elem(&more_interfaces, &ifindex);
}

#endif
