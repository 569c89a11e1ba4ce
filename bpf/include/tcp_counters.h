/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is counted of TCP by endpoint, and how long things took.
 */
#ifndef FOVEA_TCP_COUNTERS_H
#define FOVEA_TCP_COUNTERS_H

#include "latency.h"
#include "tcp_flows.h"
#include "tcp_peers.h"

/* [cpu][endpoint][direction] */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tcp_counters);
} tcp_endpoints SEC(".maps");

/* [endpoint][enum fovea_tcp_latency] */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct latency_histogram);
} latencies SEC(".maps");

static __always_inline struct tcp_counters *tcp_counters_of(const struct packet *packet)
{
	__u32 place = (packet->cpu * knobs.endpoints + packet->key.endpoint) * FOVEA_DIRECTIONS +
		      direction_of(packet);

	return bpf_map_lookup_elem(&tcp_endpoints, &place);
}

/* Not static, so that it is verified once and not wherever it is called. */
__noinline int tcp_record(__u32 place, __u64 taken)
{
	struct latency_histogram *histogram = bpf_map_lookup_elem(&latencies, &place);

	if (histogram)
		add_latency(histogram, knobs.tcp.bounds, taken);
	return 0;
}

static __noinline int tcp_took(struct packet *packet, __u32 latency, __u64 since)
{
	__u64 taken = bpf_ktime_get_ns() - since;
	__u32 kind = latency == FOVEA_TCP_ROUND_TRIP ? FOVEA_PEER_ROUND_TRIP : FOVEA_PEER_HANDSHAKE;
	__u32 peer;

	tcp_record(packet->key.endpoint * FOVEA_TCP_LATENCIES + latency, taken);
	tcp_note(FOVEA_TCP_FLOW_LATENCIES + latency, 1, taken);
	if (!knobs.tcp.peers ||
	    (latency != FOVEA_TCP_ROUND_TRIP && latency != FOVEA_TCP_CLIENT_REPLY))
		return 0;
	peer = tcp_peer_of(packet);
	if (peer & PEER_IS_SERVER)
		tcp_record(knobs.tcp.server_latencies +
				   packet->key.endpoint * FOVEA_PEER_LATENCIES + kind,
			   taken);
	if ((peer & PEER_NODE) && packet->at_uplink)
		tcp_record(knobs.tcp.node_latencies +
				   ((peer & PEER_NODE) - 1) * FOVEA_PEER_LATENCIES + kind,
			   taken);
	return 0;
}

static __noinline int tcp_count_flags(struct packet *packet)
{
	struct tcp_counters *counters = tcp_counters_of(packet);
	__u16 flags = packet->tcp_flags;

	if (!counters)
		return 0;
	if (flags & TCP_SYN) {
		if (flags & TCP_ACK)
			counters->synack++;
		else
			counters->syn++;
	} else {
		if (flags & TCP_ECE)
			counters->ece += packet->segments;
		if (flags & TCP_CWR)
			counters->cwr++;
		if (!packet->tcp.window && !(flags & TCP_RST)) {
			counters->zero_window += packet->segments;
			tcp_note(FOVEA_TCP_FLOW_ZERO_WINDOW, packet->segments, 0);
		}
	}
	if (flags & TCP_FIN)
		counters->fin++;
	if (flags & TCP_RST) {
		counters->rst++;
		tcp_note(FOVEA_TCP_FLOW_RESET, 1, 0);
	}
	if (flags & TCP_URG)
		counters->urg++;
	return 0;
}

#endif
