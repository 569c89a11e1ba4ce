/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What the packet program tells of TCP: counters of what is not ordinary, and latencies.
 */
#ifndef FOVEA_TCP_H
#define FOVEA_TCP_H

#include <linux/types.h>
#include "fovea_latency.h"

/*
 * One endpoint, one direction, one CPU. Packets are those on the wire: an aggregated packet counts as its
 * segments, but for flags that only one segment of it can carry.
 */
struct tcp_counters {
	__u64 syn; /* without ACK */
	__u64 synack;
	__u64 fin;
	__u64 rst;
	__u64 urg;
	__u64 ece; /* on packets that are no SYN: a congestion report */
	__u64 cwr; /* the same */
	__u64 zero_window; /* neither SYN nor RST */
	__u64 retransmitted_packets; /* data that passed here before */
	__u64 retransmitted_bytes;
	__u64 late_packets; /* data that had been left out here before */
	__u64 late_bytes;
	__u64 unclear_packets; /* one of these two, but more was left out than is remembered */
	__u64 unclear_bytes;
	__u64 gaps; /* times that data was left out */
	__u64 untracked_packets; /* a SYN or data of a connection that found no room */
};

/* What became of the connection table, one CPU. */
struct tcp_table_stats {
	__u64 evictions; /* quiet connections that made room, and begin anew with their next data */
	__u64 flows; /* entries made in a map of flows */
	__u64 lost_events; /* events whose flow found no room there */
	__u64 reserved[5];
};

/* Latencies of one endpoint. A client opened the connection, a server was connected to. */
enum fovea_tcp_latency {
	FOVEA_TCP_CLIENT_REPLY = 0, /* its SYN to the peer's SYN-ACK */
	FOVEA_TCP_SERVER_REPLY = 1, /* the peer's SYN to its SYN-ACK */
	FOVEA_TCP_SERVER_ACKED = 2, /* its SYN-ACK to the peer's ACK */
	FOVEA_TCP_ROUND_TRIP = 3, /* its data to the peer's acknowledgement */
	FOVEA_TCP_LATENCIES = 4,
};

enum {
	FOVEA_TCP_WAYS = 4, /* connections that share a place in the table */
};

/* What is kept of a flow beside its packets and bytes. Of latencies the flow is that of the packet that ended them. */
enum fovea_tcp_flow_event {
	FOVEA_TCP_FLOW_RETRANSMITTED = 0, /* packets and bytes, here and in the next two */
	FOVEA_TCP_FLOW_LATE = 1,
	FOVEA_TCP_FLOW_UNCLEAR = 2,
	FOVEA_TCP_FLOW_RESET = 3, /* packets */
	FOVEA_TCP_FLOW_ZERO_WINDOW = 4,
	FOVEA_TCP_FLOW_LATENCIES =
		5, /* enum fovea_tcp_latency from here on: samples and nanoseconds */
	FOVEA_TCP_FLOW_EVENTS = FOVEA_TCP_FLOW_LATENCIES + FOVEA_TCP_LATENCIES,
};

/* Shared by all CPUs, added to atomically. */
struct tcp_flow_event {
	__u64 times;
	__u64 amount;
};

/* Of all connections of a folded flow, since its map was last drained. */
struct tcp_flow {
	struct tcp_flow_event events[FOVEA_TCP_FLOW_EVENTS];
};

/*
 * Peers whose latencies are kept apart. Port 0 is every port; a peer may be there both ways, and then is
 * what both say.
 */
struct tcp_peer_key {
	__u8 address[16];
	__u16 port;
	__u16 reserved;
};

struct tcp_peer {
	__u16 node; /* which place among the peer nodes, from 1 on; 0: none */
	__u16 is_server; /* an API server */
};

/* Latencies of such peers: those the endpoint connected to, and round trips. */
enum fovea_peer_latency {
	FOVEA_PEER_HANDSHAKE = 0,
	FOVEA_PEER_ROUND_TRIP = 1,
	FOVEA_PEER_LATENCIES = 2,
};

/* One endpoint's SYNs to API servers that came to nothing; shared by all CPUs, added to atomically. */
struct server_failures {
	__u64 refused; /* answered by RST */
	__u64 unanswered; /* answered too late, or the port was used again; else user space counts */
	__u64 unwatched; /* found no room among the pending */
	__u64 reserved;
};

struct tcp_knobs {
	__u32 sets; /* a power of two; 0: TCP is not looked at */
	__u32 in_order; /* benchmarks: every packet's data is taken for what was expected */
	__u32 peers; /* tcp_peers may hold some; 0: nobody looks there */
	__u32 servers; /* API servers are among them */
	__u32 server_latencies; /* [endpoint][enum fovea_peer_latency] begins there in `latencies` */
	__u32 node_latencies; /* [place - 1][enum fovea_peer_latency] */
	__u32 flows; /* entries in each map of flows; 0: nothing is kept by flow */
	__u32 reserved;
	__u64 patience; /* nanoseconds after which a SYN to an API server is unanswered */
	__u64 bounds[FOVEA_LATENCY_BOUNDS]; /* nanoseconds, inclusive, ascending */
};

_Static_assert(sizeof(struct tcp_counters) == 128, "struct tcp_counters has another size");
_Static_assert(sizeof(struct tcp_table_stats) == 64, "struct tcp_table_stats has another size");
_Static_assert(sizeof(struct tcp_knobs) == 656, "struct tcp_knobs has another size");
_Static_assert(sizeof(struct tcp_flow) == 144, "struct tcp_flow has another size");
_Static_assert(sizeof(struct tcp_peer_key) == 20, "struct tcp_peer_key has another size");
_Static_assert(sizeof(struct tcp_peer) == 4, "struct tcp_peer has another size");
_Static_assert(sizeof(struct server_failures) == 32, "struct server_failures has another size");

#endif
