/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is not ordinary of TCP, by flow: what was sent again or came late, resets, windows of nought, latencies.
 *
 * A flow takes a place with its first such event and loses it when user space drains the map, so an ordinary
 * packet costs nothing and the maps are as large as what happens. There are two, taken in turn with the spill
 * maps; flows are folded as there. A full map costs the flow's part of the event, which is counted; endpoints'
 * own counters do not depend on it.
 */
#ifndef FOVEA_TCP_FLOWS_H
#define FOVEA_TCP_FLOWS_H

#include "packet_parse.h"

/* [cpu] */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tcp_table_stats);
} tcp_stats SEC(".maps");

/*
 * The packet at hand, for functions that are verified by themselves. Nothing interrupts a program on its CPU that
 * would write here too.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct packet);
} tcp_packet SEC(".maps");

struct tcp_flow_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct flow_key);
	__type(value, struct tcp_flow);
};

struct tcp_flow_map tcp_flows_a SEC(".maps");
struct tcp_flow_map tcp_flows_b SEC(".maps");

/* Which of them is in use: 0 or 1. User space changes it before it changes spill maps, and so waits for both. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} tcp_flows_turn SEC(".maps");

/* What an entry begins with; too large for the stack, and never written. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tcp_flow);
} tcp_no_events SEC(".maps");

/* The entry of the flow, made if need be; null where there is no room. */
static __always_inline struct tcp_flow *tcp_flow_of(const struct flow_key *key, __u32 cpu)
{
	__u32 zero = 0;
	__u32 *turn = bpf_map_lookup_elem(&tcp_flows_turn, &zero);
	struct tcp_flow *none = bpf_map_lookup_elem(&tcp_no_events, &zero);
	struct tcp_table_stats *stats = bpf_map_lookup_elem(&tcp_stats, &cpu);
	struct tcp_flow *flow;
	void *map;

	if (!turn || !none || !stats)
		return NULL;
	map = *turn ? (void *)&tcp_flows_b : (void *)&tcp_flows_a;
	flow = bpf_map_lookup_elem(map, key);
	if (flow)
		return flow;
	if (!bpf_map_update_elem(map, key, none, BPF_NOEXIST))
		stats->flows++;
	return bpf_map_lookup_elem(map, key); /* perhaps another CPU made it just now */
}

/* Adds to an event of the flow of the packet in tcp_packet. Not static, so that it is verified once. */
__noinline int tcp_note(__u32 event, __u64 times, __u64 amount)
{
	__u32 zero = 0, cpu;
	struct packet *packet = bpf_map_lookup_elem(&tcp_packet, &zero);
	struct tcp_table_stats *stats;
	struct tcp_flow *flow;
	struct flow_key key;

	if (!knobs.tcp.flows || !packet || event >= FOVEA_TCP_FLOW_EVENTS)
		return 0;
	key = packet->key;
	flow_key_fold(&key);
	cpu = packet->cpu;
	flow = tcp_flow_of(&key, cpu);
	if (flow) {
		__atomic_fetch_add(&flow->events[event].times, times, __ATOMIC_RELAXED);
		__atomic_fetch_add(&flow->events[event].amount, amount, __ATOMIC_RELAXED);
		return 0;
	}
	stats = bpf_map_lookup_elem(&tcp_stats, &cpu);
	if (stats)
		stats->lost_events += times;
	return 0;
}

#endif
