/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a packet that lies in kernel memory to who asked whom for what. What cannot be read is not guessed; IPv6
 * packets with extension headers have no port.
 */
#ifndef FOVEA_DROP_FLOWS_H
#define FOVEA_DROP_FLOWS_H

#include <linux/bpf.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include "fovea_drops.h"

#define FLOW_TCP_SYN 0x02
#define FLOW_TCP_ACK 0x10
#define FLOW_ECHO_REPLY 0
#define FLOW_ECHO_REPLY_6 129
#define FLOW_FRAGMENT_OFFSET 0x1fff

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

#endif
