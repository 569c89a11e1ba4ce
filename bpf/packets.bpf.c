// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts every packet of every endpoint, and keeps flows in a write-back cache.
 *
 * Hook: TC on both ways of an interface (tcx, else clsact): sees what the interface's own counters see,
 * changes nothing and always lets the chain go on.
 * Per packet: find the endpoint by ifindex; add to its counters of this CPU; parse; find the flow in this
 * CPU's part of a four-way set-associative array and add in place. No atomic, no clock, no hash map.
 * Miss: the oldest slot's totals go to the shared spill map (atomic), the slot changes hands under an odd
 * generation. Full spill map: the flow's totals are counted as lost detail of its endpoint; the endpoint's
 * own totals never depend on any of this. User space reads the arrays through mmap.
 * TCP is followed in tcp_track.h.
 * Packets to and from DNS ports are given to another object's program at the very end (a tail call).
 */
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
#include "barrier.h"

#define NEXT_IN_CHAIN (-1) /* TC_ACT_UNSPEC and TCX_NEXT */
#define VLAN_TAGS 2
#define EXTENSION_HEADERS 8
#define HEADER_LIMIT 1024 /* no header we read starts further into a packet than this */
#define IP_MORE_FRAGMENTS 0x2000
#define IP_FRAGMENT_OFFSET 0x1fff
#define IP6_FRAGMENT_OFFSET 0xfff8

const volatile struct packet_knobs knobs;

/* ifindex -> endpoint: direct places first, a hash for those that share a place. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FOVEA_INTERFACE_TABLE);
	__type(key, __u32);
	__type(value, struct interface_entry);
} interfaces SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FOVEA_INTERFACE_TABLE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct interface_entry);
} more_interfaces SEC(".maps");

/* [cpu][endpoint][direction] */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct endpoint_counters);
} endpoints SEC(".maps");

struct flow_set {
	struct flow_slot ways[FOVEA_FLOW_WAYS];
};

/* [cpu][set] */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_set);
} flow_cache SEC(".maps");

/* [cpu] */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow_cache_stats);
} cache_stats SEC(".maps");

/* Two spill maps taken in turn: user space drains the one that is not in spill_active. */
struct spill_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct flow_key);
	__type(value, struct flow_totals);
};

struct spill_map spill_a SEC(".maps");
struct spill_map spill_b SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct spill_map);
} spill_active SEC(".maps") = {
	.values = { [0] = (void *)&spill_a },
};

/* A call of a program that is not there does nothing. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, FOVEA_HANDLERS);
	__type(key, __u32);
	__type(value, __u32);
} handlers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct packet_handoff);
} handoff SEC(".maps");

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

#include "tcp_track.h"

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

static __always_inline struct endpoint_counters *counters_of(__u32 cpu, __u32 endpoint,
							     __u32 direction)
{
	__u32 place = (cpu * knobs.endpoints + endpoint) * FOVEA_DIRECTIONS + direction;

	return bpf_map_lookup_elem(&endpoints, &place);
}

static __always_inline bool add_to_spilled(void *spill, const struct flow_key *key,
					   const struct flow_slot *slot)
{
	struct flow_totals *totals = bpf_map_lookup_elem(spill, key);

	if (!totals)
		return false;
	__atomic_fetch_add(&totals->packets, slot->packets, __ATOMIC_RELAXED);
	__atomic_fetch_add(&totals->bytes, slot->bytes, __ATOMIC_RELAXED);
	totals->tcp_flags |= slot->tcp_flags;
	return true;
}

/* Writes a slot's totals back. Its generation is odd, so nobody else reads it as a flow. */
static __noinline int spill(struct flow_slot *slot, struct flow_cache_stats *stats)
{
	__u32 zero = 0;
	void *map = bpf_map_lookup_elem(&spill_active, &zero);
	struct endpoint_counters *counters;
	struct flow_totals totals = {};
	struct flow_key key;

	if (!map || !slot || !stats)
		return 0;
	stats->evictions++;
	key = slot->key;
	flow_key_fold(&key);
	if (add_to_spilled(map, &key, slot))
		return 0;
	totals.packets = slot->packets;
	totals.bytes = slot->bytes;
	totals.tcp_flags = slot->tcp_flags;
	if (!bpf_map_update_elem(map, &key, &totals, BPF_NOEXIST)) {
		stats->spilled_flows++;
		return 0;
	}
	if (add_to_spilled(map, &key, slot)) /* another CPU made the entry just now */
		return 0;
	stats->spill_full++;
	counters = counters_of(bpf_get_smp_processor_id(), slot->key.endpoint,
			       slot->key.marks & FOVEA_FLOW_EGRESS);
	if (counters) {
		counters->lost_packets += slot->packets;
		counters->lost_bytes += slot->bytes;
	}
	return 0;
}

/*
 * The endpoint's end first, so that both directions have one hash: it finds the connection, and with the
 * direction the flow.
 */
static __always_inline __u64 hash_of(const struct packet *packet)
{
	__u64 hash = knobs.hash_seed;
	const __u64 *words = packet->words;

	if (packet->key.marks & FOVEA_FLOW_EGRESS) {
		hash ^= words[0] * 0x9e3779b97f4a7c15ull ^ words[2] * 0x165667b19e3779f9ull;
		hash += words[1] * 0xc2b2ae3d27d4eb4full ^ words[3] * 0xd6e8feb86659fd93ull;
		hash ^= ((__u64)packet->key.source_port << 32 | packet->key.destination_port) *
			0xff51afd7ed558ccdull;
	} else {
		hash ^= words[2] * 0x9e3779b97f4a7c15ull ^ words[0] * 0x165667b19e3779f9ull;
		hash += words[3] * 0xc2b2ae3d27d4eb4full ^ words[1] * 0xd6e8feb86659fd93ull;
		hash ^= ((__u64)packet->key.destination_port << 32 | packet->key.source_port) *
			0xff51afd7ed558ccdull;
	}
	hash += ((__u32)packet->key.protocol << 16 | packet->key.endpoint) * 0xa0761d6478bd642full;
	hash ^= hash >> 32;
	hash *= 0xc4ceb9fe1a85ec53ull;
	return hash ^ hash >> 29;
}

static __always_inline bool holds(const struct flow_slot *slot, const struct packet *packet)
{
	const __u64 *words = (const __u64 *)&slot->key;

	return !((words[4] ^ packet->words[4]) | (words[3] ^ packet->words[3]) |
		 (words[1] ^ packet->words[1]) | (words[2] ^ packet->words[2]) |
		 (words[0] ^ packet->words[0]));
}

/* A slot never used is the oldest of all. */
static __always_inline __u32 idle_for(const struct flow_slot *slot, __u16 now)
{
	return slot->generation ? (__u16)(now - slot->touched) : 0x10000;
}

static __always_inline void account_flow(const struct packet *packet, __u64 hash, __u32 cpu,
					 __u32 bytes)
{
	__u32 sets = knobs.sets_per_cpu;
	__u32 place = cpu * sets + ((hash + (packet->key.marks & FOVEA_FLOW_EGRESS)) & (sets - 1));
	__u16 now = bpf_jiffies64() >> 5;
	struct flow_cache_stats *stats;
	struct flow_slot *slot;
	struct flow_set *set = bpf_map_lookup_elem(&flow_cache, &place);

	if (!set)
		return;
#pragma unroll
	for (int way = 0; way < FOVEA_FLOW_WAYS; way++) {
		slot = &set->ways[way];
		if (!holds(slot, packet))
			continue;
		slot->packets++;
		slot->bytes += bytes;
		slot->touched = now;
		if (packet->tcp_flags & ~slot->tcp_flags)
			slot->tcp_flags |= packet->tcp_flags;
		return;
	}

	slot = &set->ways[0];
#pragma unroll
	for (int way = 1; way < FOVEA_FLOW_WAYS; way++) {
		if (idle_for(&set->ways[way], now) > idle_for(slot, now))
			slot = &set->ways[way];
	}
	stats = bpf_map_lookup_elem(&cache_stats, &cpu);
	if (!stats)
		return;
	slot->generation++;
	publish_barrier();
	if (slot->generation > 1)
		spill(slot, stats);
	slot->key = packet->key;
	slot->packets = 1;
	slot->bytes = bytes;
	slot->touched = now;
	slot->tcp_flags = packet->tcp_flags;
	publish_barrier();
	slot->generation++;
}

static __always_inline struct interface_entry *interface_of(__u32 ifindex)
{
	__u32 place = ifindex & (FOVEA_INTERFACE_TABLE - 1);
	struct interface_entry *entry = bpf_map_lookup_elem(&interfaces, &place);

	if (entry && entry->ifindex == ifindex)
		return entry;
	return bpf_map_lookup_elem(&more_interfaces, &ifindex);
}

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

static __always_inline int count(struct __sk_buff *skb, __u32 direction)
{
	struct interface_entry *interface = interface_of(skb->ifindex);
	struct endpoint_counters *counters;
	struct packet packet = {};
	__u32 cpu = bpf_get_smp_processor_id();
	__u32 segments = skb->gso_segs;
	/* A tag counts whether the kernel left it in the packet or took it aside. */
	__u32 bytes = skb->len + (skb->vlan_present ? 4 : 0);
	bool layer3 = false;
	__u64 hash;

	if (interface) {
		packet.key.endpoint = interface->endpoint;
		layer3 = interface->marks & FOVEA_INTERFACE_L3;
		packet.at_uplink = !(interface->marks & FOVEA_INTERFACE_HOST_SIDE);
		direction ^= interface->marks & FOVEA_INTERFACE_HOST_SIDE;
	} else {
		struct flow_cache_stats *stats = bpf_map_lookup_elem(&cache_stats, &cpu);

		if (stats)
			stats->unknown_interface++;
	}
	/* Known elsewhere, so it stays in memory: taken apart into registers it would be put together again. */
	asm volatile("" : : "r"(&packet) : "memory");
	packet.key.marks = direction; /* FOVEA_EGRESS and FOVEA_FLOW_EGRESS are both 1 */

	counters = counters_of(cpu, packet.key.endpoint, direction);
	if (!counters)
		return NEXT_IN_CHAIN;
	counters->packets++;
	counters->bytes += bytes;
	counters->segments += segments ?: 1;
	packet.aggregated = segments > 1;
	packet.segments = segments ?: 1;
	packet.cpu = cpu;

	switch (parse(skb, &packet, layer3)) {
	case HAS_FLOW:
		if (knobs.spread) /* a test run repeats one packet; this makes many flows of it */
			packet.key.source_port = bpf_get_prandom_u32() & knobs.spread;
		hash = hash_of(&packet);
		if (knobs.tcp.sets && packet.has_tcp)
			observe_tcp(&packet, hash);
		account_flow(&packet, hash, cpu, bytes);
		if (is_dns(&packet))
			hand_over(skb, &packet, FOVEA_HANDLER_DNS);
		break;
	case OTHER:
		counters->other_packets++;
		counters->other_bytes += bytes;
		break;
	case MALFORMED:
		counters->malformed_packets++;
		counters->malformed_bytes += bytes;
		break;
	}
	return NEXT_IN_CHAIN;
}

SEC("tc")
int fovea_ingress(struct __sk_buff *skb)
{
	return count(skb, FOVEA_INGRESS);
}

SEC("tc")
int fovea_egress(struct __sk_buff *skb)
{
	return count(skb, FOVEA_EGRESS);
}

/* What an empty program costs on the same hook: the benchmark's floor. Never attached. */
SEC("tc")
int fovea_nothing(struct __sk_buff *skb __attribute__((unused)))
{
	return knobs.spread ? (int)bpf_get_prandom_u32() | NEXT_IN_CHAIN : NEXT_IN_CHAIN;
}

char LICENSE[] SEC("license") = "GPL";
