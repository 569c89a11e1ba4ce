/* SPDX-License-Identifier: GPL-2.0-only */
/* Tells packets to and from DNS ports, and gives them to the DNS program. Nothing else pays for it. */
#ifndef FOVEA_DNS_HANDOVER_H
#define FOVEA_DNS_HANDOVER_H

#include "handlers.h"
#include "packet_parse.h"

static __always_inline bool is_dns_port(__u16 port)
{
	bool found = false;

#pragma unroll
	for (int i = 0; i < FOVEA_DNS_PORTS; i++)
		found |= port == knobs.dns_ports[i];
	return port && found;
}

/* One shift and a test for nearly every packet that is not. */
static __always_inline bool is_dns(const struct packet *packet)
{
	__u16 source = packet->key.source_port, destination = packet->key.destination_port;

	if (!knobs.dns_filter ||
	    !((knobs.dns_filter >> (source & 63) | knobs.dns_filter >> (destination & 63)) & 1))
		return false;
	if (packet->key.protocol != IPPROTO_UDP && packet->key.protocol != IPPROTO_TCP)
		return false;
	return is_dns_port(source) || is_dns_port(destination);
}

static __always_inline void hand_over(struct __sk_buff *skb, const struct packet *packet,
				      __u32 handler)
{
	__u32 zero = 0;
	struct packet_handoff *to = bpf_map_lookup_elem(&handoff, &zero);

	if (!to)
		return;
	to->key = packet->key;
	to->transport = packet->transport;
	to->end = packet->end;
	bpf_tail_call(skb, &handlers, handler);
}

#endif
