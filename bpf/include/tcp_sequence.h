/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sequence numbers of data that is not what was expected: sent again, late, or unclear which.
 * One gap for each direction is remembered until it is filled or acknowledged.
 */
#ifndef FOVEA_TCP_SEQUENCE_H
#define FOVEA_TCP_SEQUENCE_H

#include "tcp_table.h"

#define TCP_WINDOW (1 << 30) /* what is further off than any window belongs to another connection */

static __always_inline bool is_after(__u32 sequence, __u32 other)
{
	return (__s32)(sequence - other) > 0;
}

/* The first data of a direction, and data that is not what was expected. */
static __noinline int tcp_resequence(struct packet *packet, struct tcp_set *set, __u32 way)
{
	__u32 direction = direction_of(packet);
	__u32 start = packet->tcp.sequence;
	__u32 end = start + packet->tcp.payload;
	__u8 gap_mark = direction ? TCP_GAP_OUT : TCP_GAP_IN;
	__u8 blurred = TCP_BLURRED << direction;
	struct tcp_connection *connection;
	struct tcp_counters *counters = tcp_counters_of(packet);
	struct tcp_gap *gap;
	__u32 next, bytes;

	if (!set || way >= FOVEA_TCP_WAYS || !counters)
		return 0;
	connection = &set->connections[way];
	gap = &connection->gaps[direction & 1];
	next = set->next[way][direction & 1];
	if (!next || start - next + TCP_WINDOW > 2u * TCP_WINDOW) {
		set->next[way][direction & 1] = end;
		gap->start = gap->end = end;
		return 0;
	}
	if (is_after(start, next)) {
		counters->gaps++;
		if (gap->start == gap->end) {
			gap->start = next;
			connection->marks &= ~blurred;
		} else {
			connection->marks |= blurred;
		}
		gap->end = start;
		set->phases[way] |= gap_mark;
		set->next[way][direction & 1] = end;
		return 0;
	}

	if (direction &&
	    (set->phases[way] & TCP_PHASE) == TCP_SAMPLING) /* Karn: whose ACK it will be */
		set->phases[way] = (set->phases[way] & ~TCP_PHASE) | TCP_IDLE;
	bytes = packet->tcp.payload;
	if (is_after(end, next)) {
		bytes = next - start;
		set->next[way][direction & 1] = end;
	}
	if (gap->start == gap->end || !is_after(end, gap->start) || !is_after(gap->end, start)) {
		counters->retransmitted_packets += packet->segments;
		counters->retransmitted_bytes += bytes;
		tcp_note(FOVEA_TCP_FLOW_RETRANSMITTED, packet->segments, bytes);
		return 0;
	}
	if ((connection->marks & blurred) || is_after(gap->start, start) ||
	    is_after(end, gap->end)) {
		counters->unclear_packets += packet->segments;
		counters->unclear_bytes += bytes;
		tcp_note(FOVEA_TCP_FLOW_UNCLEAR, packet->segments, bytes);
	} else {
		counters->late_packets += packet->segments;
		counters->late_bytes += bytes;
		tcp_note(FOVEA_TCP_FLOW_LATE, packet->segments, bytes);
	}
	if (!is_after(start, gap->start)) {
		gap->start = is_after(end, gap->end) ? gap->end : end;
	} else if (!is_after(gap->end, end)) {
		gap->end = start;
	} else {
		connection->marks |= blurred; /* two gaps now, and room for one */
	}
	if (gap->start == gap->end)
		set->phases[way] &= ~gap_mark;
	return 0;
}

#endif
