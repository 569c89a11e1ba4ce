/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Queries that wait for their answers. Whoever takes one out of the map counts it: an answer here, or the agent once
 * it has waited for too long. A full map makes a query untracked, and its answer unmatched.
 */
#ifndef FOVEA_DNS_PENDING_H
#define FOVEA_DNS_PENDING_H

#include "latency.h"
#include "dns_work.h"

#define ERROR_EXISTS (-17)

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct dns_pending_key);
	__type(value, struct dns_pending);
} dns_pending SEC(".maps");

static __always_inline void fill_key(struct dns_work *work, const struct packet_handoff *packet,
				     bool response, __u32 role)
{
	const struct flow_key *flow = &packet->key;
	struct dns_pending_key *key = &work->key;

	if (response) {
		__builtin_memcpy(key->client, flow->destination, 16);
		__builtin_memcpy(key->server, flow->source, 16);
		key->client_port = flow->destination_port;
		key->server_port = flow->source_port;
	} else {
		__builtin_memcpy(key->client, flow->source, 16);
		__builtin_memcpy(key->server, flow->destination, 16);
		key->client_port = flow->source_port;
		key->server_port = flow->destination_port;
	}
	__builtin_memcpy(&key->id, work->message, 2);
	key->endpoint = flow->endpoint;
	key->protocol = flow->protocol;
	key->role = role;
	key->reserved = 0;
}

/* Whoever takes it out counts it: this program or the agent's sweep. */
static __always_inline bool take_out(const struct dns_pending_key *key)
{
	return bpf_map_delete_elem(&dns_pending, key) == 0;
}

static __always_inline void await(struct dns_work *work, struct dns_role_counters *counters)
{
	struct dns_pending *before = bpf_map_lookup_elem(&dns_pending, &work->key);
	struct dns_pending now = { .asked = bpf_ktime_get_ns() };
	struct dns_losses *lost;
	long result;

	if (before && now.asked - before->asked <= dns_knobs.timeout) {
		add(&counters->repeated, 1);
		return;
	}
	if (before && take_out(&work->key))
		add(&counters->timeouts, 1);
	result = bpf_map_update_elem(&dns_pending, &work->key, &now, BPF_NOEXIST);
	if (!result)
		return;
	if (result == ERROR_EXISTS) { /* on another CPU, just now */
		add(&counters->repeated, 1);
		return;
	}
	lost = losses();
	if (lost)
		lost->untracked_queries++;
}

static __always_inline void settle(struct dns_work *work, struct dns_role_counters *counters)
{
	struct dns_pending *query = bpf_map_lookup_elem(&dns_pending, &work->key);
	__u64 taken;

	if (!query) {
		add(&counters->unmatched, 1);
		return;
	}
	taken = bpf_ktime_get_ns() - query->asked;
	if (!take_out(&work->key)) {
		add(&counters->unmatched, 1);
		return;
	}
	if (taken > dns_knobs.timeout) {
		add(&counters->timeouts, 1);
		add(&counters->unmatched, 1);
		return;
	}
	add_latency(&counters->latency, dns_knobs.bounds, taken);
}

#endif
