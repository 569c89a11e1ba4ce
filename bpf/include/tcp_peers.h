/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Peers that TCP's latencies are kept apart for, other nodes and API servers, and what became of the SYNs to the
 * latter. A SYN to an API server waits in a map; whoever takes it out counts it: an answer here,
 * or the agent once it has waited for too long.
 */
#ifndef FOVEA_TCP_PEERS_H
#define FOVEA_TCP_PEERS_H

#define EEXIST 17
#define PEER_IS_SERVER 0x10000
#define PEER_NODE 0xffff

/* Peers whose latencies are kept apart. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct tcp_peer_key);
	__type(value, struct tcp_peer);
} tcp_peers SEC(".maps");

/* SYNs to API servers without an answer yet, and when they passed (ns). */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct flow_key);
	__type(value, __u64);
} tcp_pending SEC(".maps");

/* [endpoint] */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct server_failures);
} server_failures SEC(".maps");

/* Who the endpoint's peer is, where it is one whose latencies are kept apart; else 0. */
static __noinline __u32 tcp_peer_of(const struct packet *packet)
{
	struct tcp_peer_key key = {};
	struct tcp_peer *found;
	__u32 peer = 0;

	if (direction_of(packet)) {
		__builtin_memcpy(key.address, packet->key.destination, sizeof(key.address));
		key.port = packet->key.destination_port;
	} else {
		__builtin_memcpy(key.address, packet->key.source, sizeof(key.address));
		key.port = packet->key.source_port;
	}
	found = bpf_map_lookup_elem(&tcp_peers, &key);
	if (found)
		peer = found->node | (found->is_server ? PEER_IS_SERVER : 0);
	key.port = 0;
	found = bpf_map_lookup_elem(&tcp_peers, &key);
	if (found)
		peer |= found->node | (found->is_server ? PEER_IS_SERVER : 0);
	return peer;
}

/* A SYN of the endpoint to an API server awaits its answer from now on. */
static __noinline int tcp_await_server(struct packet *packet)
{
	__u32 endpoint = packet->key.endpoint;
	__u64 now = bpf_ktime_get_ns();
	struct server_failures *failures;
	struct flow_key key = packet->key;
	long result;

	if (!(tcp_peer_of(packet) & PEER_IS_SERVER))
		return 0;
	failures = bpf_map_lookup_elem(&server_failures, &endpoint);
	if (!failures)
		return 0;
	result = bpf_map_update_elem(&tcp_pending, &key, &now, BPF_NOEXIST);
	if (result == -EEXIST) { /* the attempt before has ended without one */
		__atomic_fetch_add(&failures->unanswered, 1, __ATOMIC_RELAXED);
		result = bpf_map_update_elem(&tcp_pending, &key, &now, BPF_ANY);
	}
	if (result)
		__atomic_fetch_add(&failures->unwatched, 1, __ATOMIC_RELAXED);
	return 0;
}

/* An answer, if it was awaited: who takes the entry away has the say, this or user space. */
static __noinline int tcp_server_answered(struct packet *packet)
{
	__u32 endpoint = packet->key.endpoint;
	struct server_failures *failures;
	struct flow_key key = {};
	__u64 *since;
	bool late;

	__builtin_memcpy(key.source, packet->key.destination, sizeof(key.source));
	__builtin_memcpy(key.destination, packet->key.source, sizeof(key.destination));
	key.source_port = packet->key.destination_port;
	key.destination_port = packet->key.source_port;
	key.protocol = IPPROTO_TCP;
	key.marks = FOVEA_FLOW_EGRESS;
	key.endpoint = endpoint;
	since = bpf_map_lookup_elem(&tcp_pending, &key);
	if (!since)
		return 0;
	late = bpf_ktime_get_ns() - *since > knobs.tcp.patience;
	if (bpf_map_delete_elem(&tcp_pending, &key))
		return 0;
	failures = bpf_map_lookup_elem(&server_failures, &endpoint);
	if (!failures)
		return 0;
	if (late)
		__atomic_fetch_add(&failures->unanswered, 1, __ATOMIC_RELAXED);
	else if (packet->tcp_flags & TCP_RST)
		__atomic_fetch_add(&failures->refused, 1, __ATOMIC_RELAXED);
	return 0;
}

#endif
