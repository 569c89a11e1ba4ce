/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What filters drop, by flow: from a packet that lies in kernel memory to who asked whom for what. What cannot be read
 * is not guessed; IPv6 packets with extension headers have no port.
 */
#ifndef FOVEA_DROP_FLOWS_H
#define FOVEA_DROP_FLOWS_H

#include <linux/bpf.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include "drop_owner.h"

#define FLOW_TCP_SYN 0x02
#define FLOW_TCP_ACK 0x10
#define FLOW_ECHO_REPLY 0
#define FLOW_ECHO_REPLY_6 129
#define FLOW_FRAGMENT_OFFSET 0x1fff

/* Two maps taken in turn: user space drains the one that is not in drop_flows_active. */
struct drop_flow_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct drop_flow_key);
	__type(value, struct drop_totals);
};

struct drop_flow_map drop_flows_a SEC(".maps");
struct drop_flow_map drop_flows_b SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct drop_flow_map);
} drop_flows_active SEC(".maps") = {
	.values = { [0] = (void *)&drop_flows_a },
};

/* Reads what stands at `transport`, and tells whether the packet went from the server to the client. */
static __always_inline bool read_ports(unsigned char *transport, struct drop_flow_key *flow)
{
	__u8 head[14] = {};
	__u16 source, destination;
	bool back;

	if (flow->protocol == IPPROTO_ICMP || flow->protocol == IPPROTO_ICMPV6) {
		if (bpf_probe_read_kernel(head, 1, transport))
			return false;
		return head[0] ==
		       (flow->protocol == IPPROTO_ICMP ? FLOW_ECHO_REPLY : FLOW_ECHO_REPLY_6);
	}
	if (flow->protocol == IPPROTO_TCP) {
		if (bpf_probe_read_kernel(head, 14, transport))
			return false;
	} else if (flow->protocol == IPPROTO_UDP || flow->protocol == IPPROTO_SCTP) {
		if (bpf_probe_read_kernel(head, 4, transport))
			return false;
	} else {
		return false;
	}
	source = head[0] << 8 | head[1];
	destination = head[2] << 8 | head[3];
	back = source < destination;
	if (flow->protocol == IPPROTO_TCP && head[13] & FLOW_TCP_SYN)
		back = head[13] & FLOW_TCP_ACK;
	flow->port = back ? source : destination;
	flow->has_port = 1;
	return back;
}

/* False for what is no packet of that version. */
static __always_inline bool read_flow(unsigned char *header, bool six, struct drop_flow_key *flow)
{
	unsigned char *transport;
	__u8 ip[40] = {};
	bool whole = true;

	if (six) {
		if (bpf_probe_read_kernel(ip, 40, header) || ip[0] >> 4 != 6)
			return false;
		flow->protocol = ip[6];
		transport = header + 40;
		__builtin_memcpy(flow->client, ip + 8, 16);
		__builtin_memcpy(flow->server, ip + 24, 16);
	} else {
		if (bpf_probe_read_kernel(ip, 20, header) || ip[0] >> 4 != 4)
			return false;
		flow->protocol = ip[9];
		transport = header + (ip[0] & 15) * 4;
		whole = !((ip[6] << 8 | ip[7]) & FLOW_FRAGMENT_OFFSET);
		flow->client[10] = flow->client[11] = 0xff;
		flow->server[10] = flow->server[11] = 0xff;
		__builtin_memcpy(flow->client + 12, ip + 12, 4);
		__builtin_memcpy(flow->server + 12, ip + 16, 4);
	}
	if (whole && read_ports(transport, flow)) {
		__builtin_memcpy(ip, flow->client, 16);
		__builtin_memcpy(flow->client, flow->server, 16);
		__builtin_memcpy(flow->server, ip, 16);
	}
	return true;
}

/* Its place in drop_knobs.filters + 1; 0 for what is no filter's. */
static __always_inline __u8 filter_of(__u32 reason)
{
	for (int i = 0; i < FOVEA_FILTER_REASONS; i++)
		if (drop_knobs.filters[i] && drop_knobs.filters[i] == reason)
			return i + 1;
	return 0;
}

static __always_inline void count_flow(struct sk_buff *skb, const struct drop_key *drop,
				       __u8 filter, __u32 bytes)
{
	struct drop_totals *totals, first = {};
	struct drop_flow_key flow = {};
	__u32 zero = 0;
	void *map = bpf_map_lookup_elem(&drop_flows_active, &zero);

	flow.endpoint = drop->endpoint;
	flow.direction = drop->direction;
	flow.filter = filter;
	if (map && read_flow(skb->head + network_header(skb),
			     skb->protocol == bpf_htons(ETH_P_IPV6), &flow)) {
		totals = bpf_map_lookup_elem(map, &flow);
		if (!totals) {
			bpf_map_update_elem(map, &flow, &first, BPF_NOEXIST);
			totals = bpf_map_lookup_elem(map, &flow);
		}
		if (totals) {
			__atomic_fetch_add(&totals->packets, 1, __ATOMIC_RELAXED);
			__atomic_fetch_add(&totals->bytes, bytes, __ATOMIC_RELAXED);
			return;
		}
	}
	struct drop_stats *lost = bpf_map_lookup_elem(&drop_losses, &zero);

	if (lost)
		__atomic_fetch_add(&lost->lost_flows, 1, __ATOMIC_RELAXED);
}

#endif
