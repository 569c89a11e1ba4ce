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
 * TCP is followed in tcp_track.h.
 * Packets to and from DNS ports are given to another object's program at the very end (a tail call).
 */
#include <linux/bpf.h>
#include <linux/in.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include "fovea_abi.h"
#include "barrier.h"
#include "packet_parse.h"

#define NEXT_IN_CHAIN (-1) /* TC_ACT_UNSPEC and TCX_NEXT */

const volatile struct packet_knobs knobs;

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

struct flow_set {
	struct flow_slot ways[FOVEA_FLOW_WAYS];
};

/* [cpu][set] */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_set);
} flow_cache SEC(".maps");

/* [cpu] */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_cache_stats);
} cache_stats SEC(".maps");

/* Two spill maps taken in turn: user space drains the one that is not in spill_active. */
struct spill_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct flow_key);
	__type(value, struct flow_totals);
};

struct spill_map spill_a SEC(".maps");
struct spill_map spill_b SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct spill_map);
} spill_active SEC(".maps") = {
	.values = { [0] = (void *)&spill_a },
};

/* A call of a program that is not there does nothing. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, FOVEA_HANDLERS);
	__type(key, __u32);
	__type(value, __u32);
} handlers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct packet_handoff);
} handoff SEC(".maps");

#include "tcp_track.h"

static __always_inline struct endpoint_counters *counters_of(__u32 cpu, __u32 endpoint,
							     __u32 direction)
{
	__u32 place = (cpu * knobs.endpoints + endpoint) * FOVEA_DIRECTIONS + direction;

	return bpf_map_lookup_elem(&endpoints, &place);
}

static __always_inline bool add_to_spilled(void *spill, const struct flow_key *key,
					   const struct flow_slot *slot)
{
	struct flow_totals *totals = bpf_map_lookup_elem(spill, key);

	if (!totals)
		return false;
	__atomic_fetch_add(&totals->packets, slot->packets, __ATOMIC_RELAXED);
	__atomic_fetch_add(&totals->bytes, slot->bytes, __ATOMIC_RELAXED);
	totals->tcp_flags |= slot->tcp_flags;
	return true;
}

/* Writes a slot's totals back. Its generation is odd, so nobody else reads it as a flow. */
static __noinline int spill(struct flow_slot *slot, struct flow_cache_stats *stats)
{
	__u32 zero = 0;
	void *map = bpf_map_lookup_elem(&spill_active, &zero);
	struct endpoint_counters *counters;
	struct flow_totals totals = {};
	struct flow_key key;

	if (!map || !slot || !stats)
		return 0;
	stats->evictions++;
	key = slot->key;
	flow_key_fold(&key);
	if (add_to_spilled(map, &key, slot))
		return 0;
	totals.packets = slot->packets;
	totals.bytes = slot->bytes;
	totals.tcp_flags = slot->tcp_flags;
	if (!bpf_map_update_elem(map, &key, &totals, BPF_NOEXIST)) {
		stats->spilled_flows++;
		return 0;
	}
	if (add_to_spilled(map, &key, slot)) /* another CPU made the entry just now */
		return 0;
	stats->spill_full++;
	counters = counters_of(bpf_get_smp_processor_id(), slot->key.endpoint,
			       slot->key.marks & FOVEA_FLOW_EGRESS);
	if (counters) {
		counters->lost_packets += slot->packets;
		counters->lost_bytes += slot->bytes;
	}
	return 0;
}

/*
 * The endpoint's end first, so that both directions have one hash: it finds the connection, and with the
 * direction the flow.
 */
static __always_inline __u64 hash_of(const struct packet *packet)
{
	__u64 hash = knobs.hash_seed;
	const __u64 *words = packet->words;

	if (packet->key.marks & FOVEA_FLOW_EGRESS) {
		hash ^= words[0] * 0x9e3779b97f4a7c15ull ^ words[2] * 0x165667b19e3779f9ull;
		hash += words[1] * 0xc2b2ae3d27d4eb4full ^ words[3] * 0xd6e8feb86659fd93ull;
		hash ^= ((__u64)packet->key.source_port << 32 | packet->key.destination_port) *
			0xff51afd7ed558ccdull;
	} else {
		hash ^= words[2] * 0x9e3779b97f4a7c15ull ^ words[0] * 0x165667b19e3779f9ull;
		hash += words[3] * 0xc2b2ae3d27d4eb4full ^ words[1] * 0xd6e8feb86659fd93ull;
		hash ^= ((__u64)packet->key.destination_port << 32 | packet->key.source_port) *
			0xff51afd7ed558ccdull;
	}
	hash += ((__u32)packet->key.protocol << 16 | packet->key.endpoint) * 0xa0761d6478bd642full;
	hash ^= hash >> 32;
	hash *= 0xc4ceb9fe1a85ec53ull;
	return hash ^ hash >> 29;
}

static __always_inline bool holds(const struct flow_slot *slot, const struct packet *packet)
{
	const __u64 *words = (const __u64 *)&slot->key;

	return !((words[4] ^ packet->words[4]) | (words[3] ^ packet->words[3]) |
		 (words[1] ^ packet->words[1]) | (words[2] ^ packet->words[2]) |
		 (words[0] ^ packet->words[0]));
}

/* A slot never used is the oldest of all. */
static __always_inline __u32 idle_for(const struct flow_slot *slot, __u16 now)
{
	return slot->generation ? (__u16)(now - slot->touched) : 0x10000;
}

static __always_inline void account_flow(const struct packet *packet, __u64 hash, __u32 cpu,
					 __u32 bytes)
{
	__u32 sets = knobs.sets_per_cpu;
	__u32 place = cpu * sets + ((hash + (packet->key.marks & FOVEA_FLOW_EGRESS)) & (sets - 1));
	__u16 now = bpf_jiffies64() >> 5;
	struct flow_cache_stats *stats;
	struct flow_slot *slot;
	struct flow_set *set = bpf_map_lookup_elem(&flow_cache, &place);

	if (!set)
		return;
#pragma unroll
	for (int way = 0; way < FOVEA_FLOW_WAYS; way++) {
		slot = &set->ways[way];
		if (!holds(slot, packet))
			continue;
		slot->packets++;
		slot->bytes += bytes;
		slot->touched = now;
		if (packet->tcp_flags & ~slot->tcp_flags)
			slot->tcp_flags |= packet->tcp_flags;
		return;
	}

	slot = &set->ways[0];
#pragma unroll
	for (int way = 1; way < FOVEA_FLOW_WAYS; way++) {
		if (idle_for(&set->ways[way], now) > idle_for(slot, now))
			slot = &set->ways[way];
	}
	stats = bpf_map_lookup_elem(&cache_stats, &cpu);
	if (!stats)
		return;
	slot->generation++;
	publish_barrier();
	if (slot->generation > 1)
		spill(slot, stats);
	slot->key = packet->key;
	slot->packets = 1;
	slot->bytes = bytes;
	slot->touched = now;
	slot->tcp_flags = packet->tcp_flags;
	publish_barrier();
	slot->generation++;
}

static __always_inline struct interface_entry *interface_of(__u32 ifindex)
{
	__u32 place = ifindex & (FOVEA_INTERFACE_TABLE - 1);
	struct interface_entry *entry = bpf_map_lookup_elem(&interfaces, &place);

	if (entry && entry->ifindex == ifindex)
		return entry;
	return bpf_map_lookup_elem(&more_interfaces, &ifindex);
}

static __always_inline bool is_dns_port(__u16 port)
{
	bool found = false;

#pragma unroll
	for (int i = 0; i < FOVEA_DNS_PORTS; i++)
		found |= port == knobs.dns_ports[i];
	return port && found;
}

/* One shift and a test for nearly every packet that is not. */
static __always_inline bool is_dns(const struct packet *packet)
{
	__u16 source = packet->key.source_port, destination = packet->key.destination_port;

	if (!knobs.dns_filter ||
	    !((knobs.dns_filter >> (source & 63) | knobs.dns_filter >> (destination & 63)) & 1))
		return false;
	if (packet->key.protocol != IPPROTO_UDP && packet->key.protocol != IPPROTO_TCP)
		return false;
	return is_dns_port(source) || is_dns_port(destination);
}

static __always_inline void hand_over(struct __sk_buff *skb, const struct packet *packet,
				      __u32 handler)
{
	__u32 zero = 0;
	struct packet_handoff *to = bpf_map_lookup_elem(&handoff, &zero);

	if (!to)
		return;
	to->key = packet->key;
	to->transport = packet->transport;
	to->end = packet->end;
	bpf_tail_call(skb, &handlers, handler);
}

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
