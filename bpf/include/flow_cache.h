/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flows in a write-back cache: the oldest of four slots makes room, and its totals go to a spill map that all CPUs
 * share. Full spill map: they are counted as lost detail of their endpoint.
 */
#ifndef FOVEA_FLOW_CACHE_H
#define FOVEA_FLOW_CACHE_H

#include "barrier.h"
#include "packet_endpoints.h"

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

#endif
