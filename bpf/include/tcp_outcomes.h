/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What became of endpoints' connections by server, for services, and of those that failed by endpoint too, for
 * policies: kept in two maps that user space drains in turn. What finds no room is counted.
 */
#ifndef FOVEA_TCP_OUTCOMES_H
#define FOVEA_TCP_OUTCOMES_H

#include "latency.h"
#include "kernel_types.h"

#define FAMILY_IP6 10

/* Two maps taken in turn: user space drains the one that is not in outcomes_active. */
struct outcome_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct tcp_outcome_key);
	__type(value, struct tcp_outcome);
};

struct outcome_map outcomes_a SEC(".maps");
struct outcome_map outcomes_b SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct outcome_map);
} outcomes_active SEC(".maps") = {
	.values = { [0] = (void *)&outcomes_a },
};

/* Connections whose outcome found no room, by enum tcp_lost_outcomes. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TCP_LOST_OUTCOMES);
	__type(key, __u32);
	__type(value, __u64);
} lost_outcomes SEC(".maps");

static __always_inline void keep_outcome(struct sock *sk, __u32 endpoint, __u8 outcome,
					 __u64 started)
{
	struct tcp_outcome *known, first = {};
	struct tcp_outcome_key key = {};
	__u64 taken = started ? bpf_ktime_get_ns() - started : 0;
	__u32 address, zero = 0, place = outcome ? TCP_LOST_FAILED : TCP_LOST_ESTABLISHED;
	void *map = bpf_map_lookup_elem(&outcomes_active, &zero);
	__u64 *lost = bpf_map_lookup_elem(&lost_outcomes, &place);

	if (!map || !lost)
		return;
	if (sk->__sk_common.skc_family == FAMILY_IP6) {
		if (!bpf_core_field_exists(sk->__sk_common.skc_v6_daddr))
			return;
		BPF_CORE_READ_INTO(&key.server, sk, __sk_common.skc_v6_daddr);
	} else {
		address = BPF_CORE_READ(sk, __sk_common.skc_daddr);
		key.server[10] = key.server[11] = 0xff;
		__builtin_memcpy(key.server + 12, &address, 4);
	}
	key.port = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
	key.outcome = outcome;
	if (outcome && tcp_socket_knobs.outcomes & TCP_OUTCOMES_FAILURES_BY_ENDPOINT)
		key.endpoint = endpoint;
	key.place = TCP_UNMEASURED;
	if (!outcome && started)
		key.place = latency_place(tcp_socket_knobs.bounds, taken);
	known = bpf_map_lookup_elem(map, &key);
	if (!known) {
		bpf_map_update_elem(map, &key, &first, BPF_NOEXIST);
		known = bpf_map_lookup_elem(map, &key);
	}
	if (!known) {
		add(lost, 1);
		return;
	}
	add(&known->connections, 1);
	if (!outcome)
		add(&known->nanoseconds, taken);
}

#endif
