/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What the DNS program and the agent say to each other. The same rules as in fovea_abi.h.
 */
#ifndef FOVEA_DNS_H
#define FOVEA_DNS_H

#include "fovea_abi.h"
#include "fovea_latency.h"

enum fovea_dns_role {
	FOVEA_DNS_CLIENT = 0, /* the endpoint asked, or was answered */
	FOVEA_DNS_SERVER = 1, /* the endpoint was asked, or answered */
	FOVEA_DNS_ROLES = 2,
};

enum fovea_dns_transport {
	FOVEA_DNS_UDP = 0,
	FOVEA_DNS_TCP = 1,
	FOVEA_DNS_TRANSPORTS = 2,
};

/* Why a packet's messages were not looked at. */
enum fovea_dns_undetailed {
	FOVEA_DNS_MID_MESSAGE = 0, /* TCP: only carries on, or repeats, what came before */
	FOVEA_DNS_UNKNOWN_STREAM =
		1, /* TCP: the connection was not followed from a message's start */
	FOVEA_DNS_GAP = 2, /* TCP: something is missing before it */
	FOVEA_DNS_SPLIT = 3, /* TCP: ends within a header or a question */
	FOVEA_DNS_AGGREGATED = 4, /* more messages in one packet than are looked at */
	FOVEA_DNS_UNDETAILED = 5,
};

enum {
	FOVEA_DNS_TYPES = 16, /* places of query types; the agent says which is whose */
	FOVEA_DNS_RCODES = 8,
	FOVEA_DNS_HEADER = 12,
	FOVEA_DNS_COPY = 288, /* header, longest name, type and class, an OPT record's beginning */
};

/* One endpoint in one role. Shared by all CPUs, added to atomically. */
struct dns_role_counters {
	__u64 queries[FOVEA_DNS_TRANSPORTS][FOVEA_DNS_TYPES];
	__u64 responses[FOVEA_DNS_TRANSPORTS][FOVEA_DNS_RCODES][FOVEA_DNS_TYPES];
	struct latency_histogram latency; /* from a query's first packet to its response */
	__u64 timeouts; /* found here; most are found by the agent's sweep */
	__u64 truncated; /* responses with TC */
	__u64 repeated; /* queries that were still waiting for their answer */
	__u64 unmatched; /* responses to no query that waits */
	/* names that found no room in the ring: of queries, then of responses by code */
	__u64 names_lost[1 + FOVEA_DNS_RCODES];
};

struct dns_counters {
	struct dns_role_counters roles[FOVEA_DNS_ROLES];
	__u64 malformed[FOVEA_DIRECTIONS]; /* by fovea_direction, as these two have no role */
	__u64 undetailed[FOVEA_DIRECTIONS][FOVEA_DNS_UNDETAILED];
};

/* A query as one endpoint sees it: what its answer has in common with it. */
struct dns_pending_key {
	__u8 client[16];
	__u8 server[16];
	__u16 client_port;
	__u16 server_port;
	__u16 id; /* network order */
	__u16 endpoint;
	__u8 protocol;
	__u8 role;
	__u16 reserved;
};

struct dns_pending {
	__u64 asked; /* monotonic nanoseconds of the first packet */
};

/* One way of a TCP connection, by its flow_key. */
struct dns_stream {
	__u64 touched; /* monotonic nanoseconds */
	__u32 next; /* sequence number of the next message's length, or of its body */
	__u32 expected; /* that body's length; 0 where the length is to come */
};

/* What makes details fail, over all endpoints. */
struct dns_losses {
	__u64 untracked_queries; /* no room to wait for their answers */
	__u64 untracked_streams;
	__u64 names; /* found no room in the ring */
	__u64 reserved;
};

/* What goes through the ring: this, and then `length` bytes of message, header and first name. */
struct dns_record {
	__u16 endpoint;
	__u8 role;
	__u8 response;
	__u8 rcode; /* a place */
	__u8 reserved;
	__u16 length;
};

struct dns_knobs {
	__u64 bounds[FOVEA_LATENCY_BOUNDS]; /* nanoseconds, inclusive, ascending */
	__u64 timeout; /* nanoseconds */
	__u8 types[256]; /* query type -> place; those above are `other_type` */
	__u8 rcodes[16]; /* response code -> place */
	__u32 other_type;
	__u32 no_type; /* the place of messages without a question */
	__u32 other_rcode;
	__u32 names; /* send names through the ring */
};

FOVEA_SIZE(struct dns_role_counters, 3040);
FOVEA_SIZE(struct dns_counters, 6176);
FOVEA_SIZE(struct dns_pending_key, 44);
FOVEA_SIZE(struct dns_pending, 8);
FOVEA_SIZE(struct dns_stream, 16);
FOVEA_SIZE(struct dns_losses, 32);
FOVEA_SIZE(struct dns_record, 8);
FOVEA_SIZE(struct dns_knobs, 912);

#endif
