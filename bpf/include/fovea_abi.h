/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What the BPF programs and the agent say to each other: every struct that lies in a map.
 * Fixed widths, explicit padding, sizes asserted. Addresses are 16 bytes in network order, IPv4 as
 * ::ffff:a.b.c.d; ports are in host order. Directions are the endpoint's own view: what a pod sends
 * is egress, though its host-side interface receives it.
 */
#ifndef FOVEA_ABI_H
#define FOVEA_ABI_H

#include <linux/types.h>
#include "fovea_tcp.h"

enum fovea_direction {
	FOVEA_INGRESS = 0,
	FOVEA_EGRESS = 1,
	FOVEA_DIRECTIONS = 2,
};

/* flow_key.marks */
enum fovea_flow_mark {
	FOVEA_FLOW_EGRESS = 1, /* the endpoint sent it; otherwise it received it */
	FOVEA_FLOW_FRAGMENT = 2, /* a later fragment: its ports are not known and read 0 */
};

/* One flow as one endpoint sees it, one way. Compared and hashed as five words. */
struct flow_key {
	__u8 source[16];
	__u8 destination[16];
	__u16 source_port; /* ICMP: the type; 0 where the protocol has no ports */
	__u16 destination_port; /* ICMP: the code */
	__u8 protocol; /* IP protocol number, after IPv6 extension headers */
	__u8 marks;
	__u16 endpoint;
};

/*
 * A place in the flow cache: one cache line. `generation` is odd while the slot changes hands and
 * even while it belongs to `key`; 0 means it was never used. Counters run since the generation began.
 */
struct flow_slot {
	struct flow_key key;
	__u32 generation;
	__u16 touched; /* jiffies / 32, to tell which slot is older */
	__u16 tcp_flags; /* every flag seen, or-ed together */
	__u64 packets;
	__u64 bytes;
};

/*
 * Evicted flows share an entry where they differ in the client's port alone, which is taken to be the higher
 * one and reads 0 from then on: a thousand short connections to one server are one entry. Folding a folded
 * key changes nothing.
 */
static inline __attribute__((always_inline)) void flow_key_fold(struct flow_key *key)
{
	if ((key->protocol != 6 && key->protocol != 17) || !key->source_port ||
	    !key->destination_port)
		return;
	if (key->source_port > key->destination_port)
		key->source_port = 0;
	else if (key->destination_port > key->source_port)
		key->destination_port = 0;
}

/* What was evicted of a flow since the spill map was last drained. */
struct flow_totals {
	__u64 packets;
	__u64 bytes;
	__u64 tcp_flags;
};

/*
 * One endpoint, one direction, one CPU. The first two are every packet at the counting point, as the
 * kernel's own interface counters see them (an aggregated packet is one). What has no flow is
 * counted by cause, so that flows + other + malformed + lost = packets.
 */
struct endpoint_counters {
	__u64 packets;
	__u64 bytes;
	__u64 segments; /* packets on the wire: an aggregated packet counts as its segments */
	__u64 other_packets; /* not IP */
	__u64 other_bytes;
	__u64 malformed_packets; /* IP, but truncated or contradicting itself */
	__u64 malformed_bytes;
	__u64 lost_packets; /* flows evicted when the spill map was full */
	__u64 lost_bytes;
	__u64 reserved;
};

/* What became of flow detail, one CPU. */
struct flow_cache_stats {
	__u64 evictions;
	__u64 spilled_flows; /* entries created in a spill map */
	__u64 spill_full; /* evictions that found no room */
	__u64 unknown_interface; /* packets on an interface without an entry: endpoint 0 */
	__u64 reserved[4];
};

/* interface_entry.marks */
enum fovea_interface_mark {
	FOVEA_INTERFACE_HOST_SIDE = 1, /* the host's end of a pod's link: directions are reversed */
	FOVEA_INTERFACE_L3 = 2, /* no Ethernet header (tun, WireGuard, IP tunnels) */
};

struct interface_entry {
	__u32 ifindex; /* 0: unused */
	__u16 endpoint;
	__u16 marks;
};

enum {
	FOVEA_FLOW_WAYS = 4, /* places a flow can be in: a set of the flow cache */
	FOVEA_INTERFACE_TABLE = 4096, /* direct places, by the low bits of the ifindex */
	FOVEA_DNS_PORTS = 8, /* most ports whose packets are given to the DNS program */
};

/* Programs of other objects that the packet program calls last, by their place in `handlers`. */
enum fovea_handler {
	FOVEA_HANDLER_DNS = 0,
	FOVEA_HANDLER_DNS_STREAM = 1, /* called by the one before */
	FOVEA_HANDLERS = 2,
};

/* What the packet program found out, for the handler that it calls on the same CPU. */
struct packet_handoff {
	struct flow_key key;
	__u32 transport; /* where the transport header starts */
	__u32 end; /* where the IP packet ends */
};

/* Set before load; the verifier then drops what is switched off. */
struct packet_knobs {
	__u64 hash_seed;
	__u32 sets_per_cpu; /* a power of two */
	__u32 endpoints; /* places in the endpoint table */
	__u32 spread; /* benchmarks: bits of the source port to draw at random; else 0 */
	__u32 reserved;
	struct tcp_knobs tcp;
	__u64 dns_filter; /* bit N: one of dns_ports has N for its six low bits */
	__u16 dns_ports[FOVEA_DNS_PORTS]; /* 0: unused */
};

#define FOVEA_SIZE(type, size) _Static_assert(sizeof(type) == (size), #type " has another size")
FOVEA_SIZE(struct flow_key, 40);
FOVEA_SIZE(struct flow_slot, 64);
FOVEA_SIZE(struct flow_totals, 24);
FOVEA_SIZE(struct endpoint_counters, 80);
FOVEA_SIZE(struct flow_cache_stats, 64);
FOVEA_SIZE(struct interface_entry, 8);
FOVEA_SIZE(struct packet_handoff, 48);
FOVEA_SIZE(struct packet_knobs, 704);

#ifndef __bpf__
/*
 * The reader's half of a slot's generation. The first is the cheap answer to "has anything happened here
 * since"; the second is false where the slot changed hands while it was copied.
 */
static inline int flow_slot_changed(const struct flow_slot *slot, __u32 generation, __u64 packets,
				    __u64 bytes)
{
	return __atomic_load_n(&slot->generation, __ATOMIC_RELAXED) != generation ||
	       __atomic_load_n(&slot->packets, __ATOMIC_RELAXED) != packets ||
	       __atomic_load_n(&slot->bytes, __ATOMIC_RELAXED) != bytes;
}

static inline int flow_slot_read(const struct flow_slot *slot, struct flow_slot *copy)
{
	__u32 generation = __atomic_load_n(&slot->generation, __ATOMIC_ACQUIRE);

	if (generation & 1)
		return 0;
	__builtin_memcpy(copy, slot, sizeof(*copy));
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(&slot->generation, __ATOMIC_RELAXED) == generation;
}
#endif

#endif
