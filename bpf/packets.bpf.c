// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts every packet of every endpoint, and keeps flows in a write-back cache.
 *
 * Hook: TC on both ways of an interface (tcx, else clsact): sees what the interface's own counters see,
 * changes nothing and always lets the chain go on.
 * Per packet: find the endpoint by ifindex; add to its counters of this CPU; parse; find the flow in this
 * CPU's part of a four-way set-associative array and add in place. No atomic, no clock, no hash map.
 * Miss: the oldest slot's totals go to the shared spill map (atomic), the slot changes hands under an odd
 * generation. Full spill map: the flow's totals are counted as lost detail of its endpoint; the endpoint's
 * own totals never depend on any of this. User space reads the arrays through mmap.
 * The cache is flow_cache.h; TCP is followed in tcp_track.h.
 * Packets to and from DNS ports are given to another object's program at the very end (a tail call).
 */
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include "fovea_abi.h"
#include "packet_parse.h"

#define NEXT_IN_CHAIN (-1) /* TC_ACT_UNSPEC and TCX_NEXT */

const volatile struct packet_knobs knobs;

#include "packet_endpoints.h"
#include "flow_cache.h"
#include "dns_handover.h"
#include "tcp_track.h"

static __always_inline int count(struct __sk_buff *skb, __u32 direction)
{
	struct interface_entry *interface = interface_of(skb->ifindex);
	struct endpoint_counters *counters;
	struct packet packet = {};
	__u32 cpu = bpf_get_smp_processor_id();
	__u32 segments = skb->gso_segs;
	/* A tag counts whether the kernel left it in the packet or took it aside. */
	__u32 bytes = skb->len + (skb->vlan_present ? 4 : 0);
	bool layer3 = false;
	__u64 hash;

	if (interface) {
		packet.key.endpoint = interface->endpoint;
		layer3 = interface->marks & FOVEA_INTERFACE_L3;
		packet.at_uplink = !(interface->marks & FOVEA_INTERFACE_HOST_SIDE);
		direction ^= interface->marks & FOVEA_INTERFACE_HOST_SIDE;
	} else {
		struct flow_cache_stats *stats = bpf_map_lookup_elem(&cache_stats, &cpu);

		if (stats)
			stats->unknown_interface++;
	}
	/* Known elsewhere, so it stays in memory: taken apart into registers it would be put together again. */
	asm volatile("" : : "r"(&packet) : "memory");
	packet.key.marks = direction; /* FOVEA_EGRESS and FOVEA_FLOW_EGRESS are both 1 */

	counters = counters_of(cpu, packet.key.endpoint, direction);
	if (!counters)
		return NEXT_IN_CHAIN;
	counters->packets++;
	counters->bytes += bytes;
	counters->segments += segments ?: 1;
	packet.aggregated = segments > 1;
	packet.segments = segments ?: 1;
	packet.cpu = cpu;

	switch (parse(skb, &packet, layer3)) {
	case HAS_FLOW:
		if (knobs.spread) /* a test run repeats one packet; this makes many flows of it */
			packet.key.source_port = bpf_get_prandom_u32() & knobs.spread;
		hash = hash_of(&packet);
		if (knobs.tcp.sets && packet.has_tcp)
			observe_tcp(&packet, hash);
		account_flow(&packet, hash, cpu, bytes);
		if (is_dns(&packet))
			hand_over(skb, &packet, FOVEA_HANDLER_DNS);
		break;
	case OTHER:
		counters->other_packets++;
		counters->other_bytes += bytes;
		break;
	case MALFORMED:
		counters->malformed_packets++;
		counters->malformed_bytes += bytes;
		break;
	}
	return NEXT_IN_CHAIN;
}

SEC("tc")
int fovea_ingress(struct __sk_buff *skb)
{
	return count(skb, FOVEA_INGRESS);
}

SEC("tc")
int fovea_egress(struct __sk_buff *skb)
{
	return count(skb, FOVEA_EGRESS);
}

/* What an empty program costs on the same hook: the benchmark's floor. Never attached. */
SEC("tc")
int fovea_nothing(struct __sk_buff *skb __attribute__((unused)))
{
	return knobs.spread ? (int)bpf_get_prandom_u32() | NEXT_IN_CHAIN : NEXT_IN_CHAIN;
}

char LICENSE[] SEC("license") = "GPL";
