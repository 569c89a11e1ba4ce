/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* What the drop program and the agent say to each other. */
#ifndef FOVEA_DROPS_H
#define FOVEA_DROPS_H

#include "fovea_abi.h"

struct drop_key {
	__u64 location; /* kernel address; 0 where the reason says enough */
	__u32 reason; /* the running kernel's enum skb_drop_reason; 0 where it has none */
	__u16 endpoint;
	__u8 direction; /* enum fovea_direction */
	__u8 reserved;
};

struct drop_totals {
	__u64 packets;
	__u64 bytes; /* from the network header on */
};

/* A packet that netfilter dropped: the same packets again, looked at more closely. */
struct netfilter_key {
	__u64 caller; /* address in the function that runs the hook; 0 where it is not known */
	__u16 endpoint;
	__u8 direction; /* enum fovea_direction */
	__u8 reserved[5];
};

/*
 * A flow of which a filter dropped an endpoint's packet, as its first packet went. Who asked whom is told by TCP's
 * SYN and SYN-ACK, else by the ports: the server's is the lower one.
 */
struct drop_flow_key {
	__u8 client[16]; /* IPv4 as ::ffff:a.b.c.d */
	__u8 server[16];
	__u16 port; /* the server's, in host order */
	__u16 endpoint;
	__u8 direction; /* the packet's, enum fovea_direction */
	__u8 protocol;
	__u8 has_port; /* 0 for a fragment, and for protocols without */
	__u8 filter; /* 0: netfilter; else its place in drop_knobs.filters + 1 */
};

/* A kernel function's code. */
struct code_range {
	__u64 start;
	__u64 end;
};

enum {
	FOVEA_FILTER_REASONS = 6,
};

struct drop_knobs {
	__u32 has_reason; /* the tracepoint's third argument, Linux 5.17 */
	__u32 not_specified; /* that kernel's SKB_DROP_REASON_NOT_SPECIFIED */
	__u32 netfilter_drop; /* that kernel's SKB_DROP_REASON_NETFILTER_DROP */
	__u32 host_namespace; /* inode of the agent's network namespace */
	__u32 walks; /* looks at the stack for the hook, each CPU and window */
	__u32 flows; /* keep flows that filters drop; 0: nobody asks */
	__u32 filters[FOVEA_FILTER_REASONS]; /* that kernel's reasons of other filters; 0: none */
	/* Both 0 where /proc/kallsyms tells no addresses: hooks are then not known. */
	struct code_range hook; /* nf_hook_slow */
	struct code_range hook_list; /* nf_hook_slow_list, which calls it */
	struct code_range bridge; /* br_handle_frame, which runs its hook by itself */
	struct code_range veth_xdp; /* veth_xdp_rcv_skb: what has just arrived dies in it */
};

enum {
	FOVEA_WALK_WINDOW_SHIFT = 7, /* 128 jiffies: 0.1 to 0.5 s */
};

/* One CPU: drops whose details found no room. */
struct drop_stats {
	__u64 lost_packets;
	__u64 lost_bytes;
	__u64 lost_hooks; /* netfilter drops whose hook was not looked for or found no room */
	__u64 window; /* jiffies >> FOVEA_WALK_WINDOW_SHIFT that walks are of */
	__u64 walks;
	__u64 lost_flows; /* packets of flows that found no room, or that were not to be read */
	__u64 reserved[2];
};

FOVEA_SIZE(struct drop_flow_key, 40);
FOVEA_SIZE(struct drop_key, 16);
FOVEA_SIZE(struct drop_totals, 16);
FOVEA_SIZE(struct netfilter_key, 16);
FOVEA_SIZE(struct drop_knobs, 112);
FOVEA_SIZE(struct drop_stats, 64);

#endif
