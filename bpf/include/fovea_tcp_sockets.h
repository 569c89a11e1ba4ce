/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* What the TCP socket program (tcp.bpf.c) and the agent say to each other. */
#ifndef FOVEA_TCP_SOCKETS_H
#define FOVEA_TCP_SOCKETS_H

#include <linux/types.h>
#include "fovea_latency.h"

/* What was sent again. */
enum tcp_segment {
	TCP_SEGMENT_DATA, /* and FIN */
	TCP_SEGMENT_SYN,
	TCP_SEGMENT_SYN_ACK,
	TCP_SEGMENTS,
};

/* Which side of the handshake a socket was on. */
enum tcp_role {
	TCP_ROLE_CLIENT,
	TCP_ROLE_SERVER,
	TCP_ROLES,
};

/* Why a connection never came to be. */
enum tcp_failure {
	TCP_FAILURE_REFUSED, /* reset, or ICMP port unreachable, in answer to the SYN */
	TCP_FAILURE_TIMED_OUT,
	TCP_FAILURE_UNREACHABLE, /* ICMP said so, or no neighbour answered */
	TCP_FAILURE_RESET, /* reset after the SYN-ACK, before the ACK of it counted */
	TCP_FAILURE_ABORTED, /* this side gave up */
	TCP_FAILURE_NOT_SENT, /* no SYN left: no free port, for one */
	TCP_FAILURE_OTHER,
	TCP_FAILURES,
};

/* How an established connection ended. */
enum tcp_ending {
	TCP_ENDING_CLOSED, /* FIN both ways */
	TCP_ENDING_RESET, /* by the peer */
	TCP_ENDING_ABORTED, /* by this side */
	TCP_ENDING_TIMED_OUT,
	TCP_ENDING_UNREACHABLE,
	TCP_ENDING_OTHER,
	TCP_ENDINGS,
};

/* What is measured. */
enum tcp_latency {
	TCP_LATENCY_CONNECT,
	TCP_LATENCY_ACCEPT,
	TCP_LATENCY_ROUND_TRIP,
	TCP_LATENCIES,
};

enum {
	TCP_RESET_REASONS = 64, /* places; the last also stands for every number above */
};

/* One endpoint; 0 is the host's own network namespace. Shared by the CPUs, added to by atomics. */
struct tcp_socket_totals {
	__u64 retransmitted
		[TCP_SEGMENTS]; /* as on the wire: an aggregated packet is its segments */
	__u64 retransmitted_bytes; /* payload */
	__u64 resets_received;
	__u64 established[TCP_ROLES];
	__u64 failed[TCP_ROLES][TCP_FAILURES];
	__u64 closed[TCP_ENDINGS];
	__u64 resets_sent[TCP_RESET_REASONS]; /* by the running kernel's enum sk_rst_reason */
	__u64 unmeasured[TCP_ROLES]; /* established without a latency */
	__u64 half_open_ended; /* counted by the agent alone */
	__u64 half_open_unwatched; /* found no room in the map */
	struct latency_histogram latencies[TCP_LATENCIES];
};

/* A half-open connection whose SYN-ACK was sent again. */
struct tcp_half_open {
	__u64 first; /* monotonic nanoseconds of its first SYN-ACK; 0: not known */
	__u64 last; /* and of the last one */
	__u32 endpoint;
	__u32 reserved;
};

/* What became of connections that endpoints opened, by whom they were to. */
struct tcp_outcome_key {
	__u8 server[16]; /* IPv4 as ::ffff:a.b.c.d */
	__u16 port; /* in host order */
	__u8 outcome; /* 0: established; else enum tcp_failure + 1 */
	__u8 place; /* of the time it took, by `bounds`; TCP_UNMEASURED */
	__u16 endpoint; /* of failures, where TCP_OUTCOMES_FAILURES_BY_ENDPOINT; else 0 */
};

enum {
	TCP_UNMEASURED = 0xff,
};

/* What is kept of outcomes, and where they are counted that found no room. */
enum tcp_outcomes {
	TCP_OUTCOMES_BY_SERVER = 1, /* of all connections */
	TCP_OUTCOMES_FAILURES_BY_ENDPOINT = 2,
};

enum tcp_lost_outcomes {
	TCP_LOST_ESTABLISHED,
	TCP_LOST_FAILED,
	TCP_LOST_OUTCOMES,
};

struct tcp_outcome {
	__u64 connections;
	__u64 nanoseconds;
};

struct tcp_socket_knobs {
	__u32 host_namespace; /* inode of the agent's network namespace */
	__u32 has_reset_reason; /* tcp_send_reset's third argument, Linux 6.10 */
	__u32 has_retransmit_error; /* tcp_retransmit_skb's third argument, where it has one */
	__u32 outcomes; /* enum tcp_outcomes; 0: nobody asks */
	__u64 bounds[FOVEA_LATENCY_BOUNDS]; /* inclusive, in nanoseconds */
};

_Static_assert(sizeof(struct tcp_socket_totals) == 8 * 332, "tcp_socket_totals has another size");
_Static_assert(sizeof(struct tcp_outcome_key) == 22, "tcp_outcome_key has another size");
_Static_assert(sizeof(struct tcp_outcome) == 16, "tcp_outcome has another size");
_Static_assert(sizeof(struct tcp_half_open) == 24, "tcp_half_open has another size");
_Static_assert(sizeof(struct tcp_socket_knobs) == 16 + 8 * 77, "tcp_socket_knobs has another size");

#endif
