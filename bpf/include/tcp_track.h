/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TCP as it passes the packet program: flags, handshakes, round trips and sequence numbers. What nearly every
 * packet is, in order and ending nothing, is dealt with at once; for all else there is tcp_follow().
 */
#ifndef FOVEA_TCP_TRACK_H
#define FOVEA_TCP_TRACK_H

#include "tcp_phases.h"

#define TCP_UNCOMMON (TCP_FIN | TCP_SYN | TCP_RST | TCP_URG | TCP_ECE | TCP_CWR)

/*
 * All that a packet says of a connection. Not static, and told the packet through a map: so it is verified
 * once, and not for every way by which a header can have been read.
 */
__noinline int tcp_follow(__u32 place, __u32 tag)
{
	__u32 zero = 0, way, direction, payload;
	__u64 now = bpf_jiffies64();
	struct packet *packet = bpf_map_lookup_elem(&tcp_packet, &zero);
	struct tcp_set *set = bpf_map_lookup_elem(&tcp_table, &place);
	__u16 flags;

	if (!packet || !set)
		return 0;
	direction = direction_of(packet);
	payload = packet->tcp.payload;
	flags = packet->tcp_flags;
	if ((flags & TCP_UNCOMMON) || !packet->tcp.window)
		tcp_count_flags(packet);
	way = way_of(set, tag);
	if (way >= FOVEA_TCP_WAYS) {
		if (!payload && (flags & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN)
			return 0;
		way = has_room(set, now) ? tcp_enter(packet, set, tag) : tcp_refuse(packet);
	}
	if (way >= FOVEA_TCP_WAYS)
		return 0;

	/* What the endpoint sends ends nothing but a gap in what it received. */
	if (set->phases[way] >= (direction ? TCP_GAP_IN : TCP_OPEN))
		tcp_acknowledge(packet, set, way);
	if (payload && !(flags & (TCP_SYN | TCP_RST))) {
		if (packet->tcp.sequence == set->next[way][direction] && packet->tcp.sequence) {
			set->next[way][direction] = packet->tcp.sequence + payload;
			if (direction && set->phases[way] == TCP_IDLE &&
			    set->sampled[way] != (__u8)(now >> 5)) {
				set->sampled[way] = now >> 5;
				tcp_begin_sample(packet, set, way);
			}
		} else {
			tcp_resequence(packet, set, way);
		}
	}
	if (flags & (TCP_SYN | TCP_FIN | TCP_RST))
		tcp_turn(packet, set, way);
	tcp_touch(set, way, now);
	return 0;
}

/* Whether the packet is what nearly all are: in order, ending nothing, and no reason to begin a sample. */
static __always_inline bool is_ordinary(struct packet *packet, const struct tcp_set *set, __u32 way,
					__u64 now)
{
	__u32 direction = direction_of(packet);
	__u8 phase = set->phases[way];
	__u32 next;

	if (phase >= (direction ? TCP_GAP_IN : TCP_OPEN) &&
	    (direction || (phase != TCP_SAMPLING && phase != TCP_ANSWERED) ||
	     !is_after(set->connections[way].awaited, packet->tcp.acknowledged)))
		return false;
	if (!packet->tcp.payload)
		return true;
	next = set->next[way][direction];
	if (knobs.tcp.in_order)
		packet->tcp.sequence = next;
	return packet->tcp.sequence == next && next &&
	       !(direction && phase == TCP_IDLE && set->sampled[way] != (__u8)(now >> 5));
}

static __always_inline void observe_tcp(struct packet *packet, __u64 hash)
{
	__u32 direction = direction_of(packet), place = hash & (knobs.tcp.sets - 1), zero = 0;
	__u32 tag = (__u32)(hash >> 32) | 1, way;
	__u64 now = bpf_jiffies64();
	struct packet *scratch;
	struct tcp_set *set;

	if (!(packet->tcp_flags & TCP_UNCOMMON) && packet->tcp.window) {
		set = bpf_map_lookup_elem(&tcp_table, &place);
		if (!set)
			return;
		way = way_of(set, tag);
		if (way >= FOVEA_TCP_WAYS) {
			if (!packet->tcp.payload)
				return;
		} else if (is_ordinary(packet, set, way, now)) {
			if (packet->tcp.payload)
				set->next[way][direction] =
					packet->tcp.sequence + packet->tcp.payload;
			tcp_touch(set, way, now);
			return;
		}
	}
	scratch = bpf_map_lookup_elem(&tcp_packet, &zero);
	if (!scratch)
		return;
	*scratch = *packet;
	tcp_follow(place, tag);
}

#endif
