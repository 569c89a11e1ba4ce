/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is awaited of a connection, and what ends it: handshakes, one outstanding round trip, gaps.
 * The clock is read for SYN, SYN-ACK, the ACK after it, and the round trip, begun at most once in 32 jiffies.
 */
#ifndef FOVEA_TCP_PHASES_H
#define FOVEA_TCP_PHASES_H

#include "tcp_sequence.h"

/* SYN, SYN-ACK, FIN and RST. */
static __noinline int tcp_turn(struct packet *packet, struct tcp_set *set, __u32 way)
{
	__u32 direction = direction_of(packet);
	struct tcp_connection *connection;
	__u16 flags = packet->tcp_flags;
	__u32 after = packet->tcp.sequence + 1;
	__u8 phase;

	if (!set || way >= FOVEA_TCP_WAYS)
		return 0;
	connection = &set->connections[way];
	phase = set->phases[way] & TCP_PHASE;
	if (flags & TCP_RST) {
		bool answers = !direction && phase == TCP_OPEN && (connection->marks & TCP_CLIENT);

		if (answers && packet->tcp.acknowledged != connection->awaited)
			return 0; /* the endpoint does not take it for an answer either */
		set->phases[way] = TCP_CLOSED;
		if (knobs.tcp.servers && answers)
			tcp_server_answered(packet);
		return 0;
	}
	if (flags & TCP_FIN) {
		connection->marks |= TCP_FINISHED << direction;
		if ((connection->marks & (TCP_FINISHED * 3)) == TCP_FINISHED * 3)
			set->phases[way] = TCP_CLOSED;
		return 0;
	}
	if (!(flags & TCP_ACK)) {
		if (phase != TCP_CLOSED && set->next[way][direction] == after + packet->tcp.payload)
			return 0; /* sent again: the first one's time stands */
		connection->marks = direction ? TCP_CLIENT : 0;
		connection->gaps[0].start = connection->gaps[0].end = 0;
		connection->gaps[1].start = connection->gaps[1].end = 0;
		connection->awaited = after;
		connection->since = bpf_ktime_get_ns();
		set->next[way][direction & 1] = after + packet->tcp.payload;
		set->next[way][!direction] = 0;
		set->phases[way] = TCP_OPEN;
		if (knobs.tcp.servers && direction)
			tcp_await_server(packet);
		return 0;
	}
	if (phase != TCP_OPEN || packet->tcp.acknowledged != connection->awaited ||
	    direction == !!(connection->marks & TCP_CLIENT))
		return 0;
	set->next[way][direction & 1] = after;
	if (direction) {
		tcp_took(packet, FOVEA_TCP_SERVER_REPLY, connection->since);
		connection->awaited = after;
		connection->since = bpf_ktime_get_ns();
		set->phases[way] = TCP_ANSWERED;
	} else {
		tcp_took(packet, FOVEA_TCP_CLIENT_REPLY, connection->since);
		if (knobs.tcp.servers)
			tcp_server_answered(packet);
		set->phases[way] = TCP_IDLE;
	}
	return 0;
}

/* What an acknowledgement ends: a handshake, a round trip, a gap in what the other side sent. */
static __noinline int tcp_acknowledge(struct packet *packet, struct tcp_set *set, __u32 way)
{
	__u32 direction = direction_of(packet);
	struct tcp_connection *connection;
	struct tcp_gap *gap;
	__u8 phase;

	if (!set || way >= FOVEA_TCP_WAYS || !(packet->tcp_flags & TCP_ACK))
		return 0;
	connection = &set->connections[way];
	phase = set->phases[way];
	if (phase & (direction ? TCP_GAP_IN : TCP_GAP_OUT)) {
		gap = &connection->gaps[!direction];
		if (!is_after(gap->end, packet->tcp.acknowledged)) {
			gap->start = gap->end;
			phase &= ~(direction ? TCP_GAP_IN : TCP_GAP_OUT);
			set->phases[way] = phase;
		}
	}
	if (direction || is_after(connection->awaited, packet->tcp.acknowledged))
		return 0;
	switch (phase & TCP_PHASE) {
	case TCP_ANSWERED:
		tcp_took(packet, FOVEA_TCP_SERVER_ACKED, connection->since);
		break;
	case TCP_SAMPLING:
		tcp_took(packet, FOVEA_TCP_ROUND_TRIP, connection->since);
		break;
	default:
		return 0;
	}
	set->phases[way] = (phase & ~TCP_PHASE) | TCP_IDLE;
	return 0;
}

static __noinline int tcp_begin_sample(struct packet *packet, struct tcp_set *set, __u32 way)
{
	struct tcp_connection *connection;

	if (!set || way >= FOVEA_TCP_WAYS)
		return 0;
	connection = &set->connections[way];
	connection->awaited = packet->tcp.sequence + packet->tcp.payload;
	connection->since = bpf_ktime_get_ns();
	set->phases[way] = (set->phases[way] & ~TCP_PHASE) | TCP_SAMPLING;
	return 0;
}

#endif
