/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a packet's bytes to its flow: Ethernet, VLAN tags, IP of both versions with what stands between it and the
 * transport header, and of that what flows and TCP are told by. Headers that contradict the packet's length make
 * it malformed; nothing is guessed.
 */
#ifndef FOVEA_PACKET_PARSE_H
#define FOVEA_PACKET_PARSE_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include "fovea_abi.h"

#define VLAN_TAGS 2
#define EXTENSION_HEADERS 8
#define HEADER_LIMIT 1024 /* no header we read starts further into a packet than this */
#define IP_MORE_FRAGMENTS 0x2000
#define IP_FRAGMENT_OFFSET 0x1fff
#define IP6_FRAGMENT_OFFSET 0xfff8
#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10
#define TCP_URG 0x20
#define TCP_ECE 0x40
#define TCP_CWR 0x80

enum verdict {
	HAS_FLOW,
	OTHER, /* not IP */
	MALFORMED,
};

struct packet {
	union {
		struct flow_key key;
		__u64 words[5];
	};
	__u32 transport; /* where its header starts, and the packet ends */
	__u32 end;
	__u16 tcp_flags;
	bool aggregated; /* several packets in one, by GRO or for segmentation */
	bool has_tcp; /* a whole TCP header, and no fragment */
	bool at_uplink;
	__u32 cpu;
	__u32 segments;
	struct {
		__u32 sequence;
		__u32 acknowledged;
		__u32 payload; /* bytes */
		__u16 window;
	} tcp;
};

static __always_inline __u32 direction_of(const struct packet *packet)
{
	return packet->key.marks & FOVEA_FLOW_EGRESS;
}

/*
 * In the widest words that fit. Headers are not aligned, and machines that would mind are told so by the
 * kernel's verifier; a plain memcpy would go byte by byte.
 */
static __always_inline void copy(void *to, const void *from, const __u32 size)
{
	__u32 offset = 0;

#pragma unroll
	for (; offset + 8 <= size; offset += 8)
		*(__u64 *)(to + offset) = *(const __u64 *)(from + offset);
	if (offset + 4 <= size) {
		*(__u32 *)(to + offset) = *(const __u32 *)(from + offset);
		offset += 4;
	}
	if (offset + 2 <= size)
		*(__u16 *)(to + offset) = *(const __u16 *)(from + offset);
}

/* Reads a header of an even size wherever it lies; the linear part needs no helper call. */
static __always_inline bool load(struct __sk_buff *skb, __u32 offset, void *to, const __u32 size)
{
	void *data = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;

	/* The compiler may know the bound from elsewhere and leave the check out; older verifiers do not. */
	asm volatile("" : "+r"(offset));
	if (offset > HEADER_LIMIT)
		return false;
	if (data + offset + size <= end) {
		copy(to, data + offset, size);
		return true;
	}
	return bpf_skb_load_bytes(skb, offset, to, size) == 0;
}

/* `offset` is where the transport header starts, `end` where the IP packet ends. */
static __always_inline enum verdict parse_transport(struct __sk_buff *skb, struct packet *packet,
						    __u32 offset, __u32 end, bool first_fragment)
{
	__u32 room = end - offset;
	struct tcphdr header __attribute__((aligned(8)));
	__u16 ports[2] __attribute__((aligned(4)));
	__u8 tcp[2] __attribute__((aligned(2)));

	packet->transport = offset;
	packet->end = end;
	switch (packet->key.protocol) {
	case IPPROTO_TCP:
		if (room >= sizeof(header) && !first_fragment) {
			if (!load(skb, offset, &header, sizeof(header)))
				return MALFORMED;
			if (header.doff < 5 || header.doff * 4u > room)
				return MALFORMED;
			packet->key.source_port = bpf_ntohs(header.source);
			packet->key.destination_port = bpf_ntohs(header.dest);
			packet->tcp_flags = bpf_ntohs(((__be16 *)&header)[6]) & 0x1ff;
			packet->has_tcp = true;
			packet->tcp.sequence = bpf_ntohl(header.seq);
			packet->tcp.acknowledged = bpf_ntohl(header.ack_seq);
			packet->tcp.payload = room - header.doff * 4;
			packet->tcp.window = header.window;
			return HAS_FLOW;
		}
		if (!first_fragment)
			return MALFORMED;
		if (room >= 14) {
			if (!load(skb, offset + 12, tcp, sizeof(tcp)))
				return MALFORMED;
			if ((tcp[0] >> 4) < 5)
				return MALFORMED;
			packet->tcp_flags = (__u16)(tcp[0] & 1) << 8 | tcp[1];
		}
		break;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		if (room < sizeof(struct udphdr))
			return MALFORMED;
		break;
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		if (room < 12 && !first_fragment)
			return MALFORMED;
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		if (room < 4 || !load(skb, offset, tcp, sizeof(tcp)))
			return MALFORMED;
		packet->key.source_port = tcp[0];
		packet->key.destination_port = tcp[1];
		return HAS_FLOW;
	default:
		return HAS_FLOW;
	}
	if (room < sizeof(ports) || !load(skb, offset, ports, sizeof(ports)))
		return MALFORMED;
	packet->key.source_port = bpf_ntohs(ports[0]);
	packet->key.destination_port = bpf_ntohs(ports[1]);
	return HAS_FLOW;
}

static __always_inline enum verdict parse_ipv4(struct __sk_buff *skb, struct packet *packet,
					       __u32 offset)
{
	__u32 header, total, fragment;
	struct iphdr ip __attribute__((aligned(8)));

	if (!load(skb, offset, &ip, sizeof(ip)))
		return MALFORMED;
	header = ip.ihl * 4;
	total = bpf_ntohs(ip.tot_len);
	if (!total && packet->aggregated) /* more than 65,535 bytes, aggregated (BIG TCP) */
		total = skb->len - offset;
	if (ip.version != 4 || header < sizeof(ip) || total < header || offset + total > skb->len)
		return MALFORMED;

	packet->words[1] = (__u64)ip.saddr << 32 | bpf_htonl(0xffff);
	packet->words[3] = (__u64)ip.daddr << 32 | bpf_htonl(0xffff);
	packet->key.protocol = ip.protocol;
	fragment = bpf_ntohs(ip.frag_off);
	if (fragment & IP_FRAGMENT_OFFSET) {
		packet->key.marks |= FOVEA_FLOW_FRAGMENT;
		return HAS_FLOW;
	}
	return parse_transport(skb, packet, offset + header, offset + total,
			       fragment & IP_MORE_FRAGMENTS);
}

static __always_inline bool is_extension(__u8 protocol)
{
	switch (protocol) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
	case IPPROTO_MH:
	case IPPROTO_FRAGMENT:
	case IPPROTO_AH:
		return true;
	default:
		return false;
	}
}

/* What a walk over extension headers found out, above the offset where it ended and the protocol there. */
#define WALK_PROTOCOL 32
#define WALK_LATER_FRAGMENT (1ull << 40)
#define WALK_FIRST_FRAGMENT (1ull << 41)
#define WALK_MALFORMED (1ull << 42)

/* Not static, so that it is verified once, and not with all that comes after it. */
__noinline __u64 walk_extensions(struct __sk_buff *skb, __u32 offset, __u32 end, __u32 next)
{
	__u64 found = 0;

	for (int i = 0; i < EXTENSION_HEADERS; i++) {
		__u8 extension[4] __attribute__((aligned(4)));
		__u32 length;

		if (!is_extension(next))
			return found | (__u64)next << WALK_PROTOCOL | offset;
		if (offset + 8 > end || !load(skb, offset, extension, sizeof(extension)))
			return WALK_MALFORMED;
		if (next == IPPROTO_FRAGMENT) {
			__u32 place = (__u32)extension[2] << 8 | extension[3];

			if (place & IP6_FRAGMENT_OFFSET)
				return WALK_LATER_FRAGMENT | (__u64)extension[0] << WALK_PROTOCOL;
			found = place & 1 ? WALK_FIRST_FRAGMENT : 0;
			length = 8;
		} else if (next == IPPROTO_AH) {
			length = ((__u32)extension[1] + 2) * 4;
		} else {
			length = ((__u32)extension[1] + 1) * 8;
		}
		next = extension[0];
		offset += length;
		if (offset > end)
			return WALK_MALFORMED;
	}
	return WALK_MALFORMED; /* a chain longer than any that is meant to arrive */
}

static __always_inline enum verdict parse_ipv6(struct __sk_buff *skb, struct packet *packet,
					       __u32 offset)
{
	struct ipv6hdr ip __attribute__((aligned(8)));
	__u32 payload, end;
	__u64 walked = 0;
	__u8 next;

	if (!load(skb, offset, &ip, sizeof(ip)))
		return MALFORMED;
	payload = bpf_ntohs(ip.payload_len);
	next = ip.nexthdr;
	/* A jumbogram says 0 and carries its length in a hop-by-hop option. */
	end = payload || next ? offset + sizeof(ip) + payload : skb->len;
	if (ip.version != 6 || end > skb->len)
		return MALFORMED;

	__builtin_memcpy(packet->key.source, &ip.saddr, 16);
	__builtin_memcpy(packet->key.destination, &ip.daddr, 16);
	offset += sizeof(ip);
	if (is_extension(next)) {
		walked = walk_extensions(skb, offset, end, next);
		if (walked & WALK_MALFORMED)
			return MALFORMED;
		offset = walked;
		next = walked >> WALK_PROTOCOL;
	}
	packet->key.protocol = next;
	if (walked & WALK_LATER_FRAGMENT) {
		packet->key.marks |= FOVEA_FLOW_FRAGMENT;
		return HAS_FLOW;
	}
	return parse_transport(skb, packet, offset, end, walked & WALK_FIRST_FRAGMENT);
}

static __always_inline enum verdict parse(struct __sk_buff *skb, struct packet *packet, bool layer3)
{
	__u16 protocol = skb->protocol;
	__u32 offset = 0;

	if (!layer3) {
		if (!load(skb, offsetof(struct ethhdr, h_proto), &protocol, sizeof(protocol)))
			return MALFORMED;
		offset = sizeof(struct ethhdr);
		for (int i = 0; i < VLAN_TAGS; i++) {
			if (protocol != bpf_htons(ETH_P_8021Q) &&
			    protocol != bpf_htons(ETH_P_8021AD))
				break;
			if (!load(skb, offset + 2, &protocol, sizeof(protocol)))
				return MALFORMED;
			offset += 4;
		}
	}
	if (protocol == bpf_htons(ETH_P_IP))
		return parse_ipv4(skb, packet, offset);
	if (protocol == bpf_htons(ETH_P_IPV6))
		return parse_ipv6(skb, packet, offset);
	return OTHER;
}

#endif
