/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TCP as it passes the packet program: flags, handshakes, round trips and sequence numbers.
 *
 * Connections lie in one table that all CPUs share, preallocated, four to a place: what passes most often
 * (next sequence numbers, whether anything is awaited) is one cache line for each place. An entry is told
 * by its hash. Who is not there gets in with a SYN or data where an entry is free, closed or quiet for
 * some seconds, under a lock; else its packet counts as untracked. Nothing else locks: the packets of one
 * direction of a connection come one after another, and each direction writes what is its own.
 * The clock is read for SYN, SYN-ACK, the ACK after it, and one outstanding round trip of a connection,
 * begun at most once in 32 jiffies.
 */
#ifndef FOVEA_TCP_TRACK_H
#define FOVEA_TCP_TRACK_H

#include "latency.h"
#include "tcp_flows.h"
#include "tcp_peers.h"

#define TCP_UNCOMMON (TCP_FIN | TCP_SYN | TCP_RST | TCP_URG | TCP_ECE | TCP_CWR)
#define TCP_NO_WAY FOVEA_TCP_WAYS
#define TCP_QUIET 4 /* in units of 512 jiffies: an entry that another connection may have */
#define TCP_WINDOW (1 << 30) /* what is further off than any window belongs to another connection */

/* What is awaited of a connection; from TCP_OPEN on something is. */
enum tcp_phase {
	TCP_CLOSED = 0,
	TCP_IDLE = 1,
	TCP_OPEN = 2, /* a SYN passed: a SYN-ACK */
	TCP_ANSWERED = 3, /* the endpoint sent a SYN-ACK: the peer's ACK */
	TCP_SAMPLING = 4, /* the endpoint sent data: the peer's ACK */
	TCP_PHASE = 0x0f,
	TCP_GAP_IN = 0x10, /* data was left out, by direction: FOVEA_INGRESS and FOVEA_EGRESS */
	TCP_GAP_OUT = 0x20,
};

enum tcp_mark {
	TCP_BLURRED = 1, /* by direction: the gap holds data that passed, too */
	TCP_FINISHED = 4, /* by direction */
	TCP_CLIENT = 16, /* the endpoint sent the SYN */
};

struct tcp_gap {
	__u32 start;
	__u32 end;
};

struct tcp_connection {
	__u64 since; /* ns: when what is awaited began */
	__u32 awaited; /* the acknowledgement number that ends it */
	__u8 marks;
	__u8 reserved[3];
	struct tcp_gap gaps[FOVEA_DIRECTIONS];
};

struct tcp_set {
	struct bpf_spin_lock lock;
	__u8 phases[FOVEA_TCP_WAYS];
	__u32 tags[FOVEA_TCP_WAYS]; /* 0: free */
	__u32 next[FOVEA_TCP_WAYS][FOVEA_DIRECTIONS]; /* sequence numbers; 0: not known yet */
	__u8 touched[FOVEA_TCP_WAYS]; /* jiffies / 512 */
	__u8 sampled[FOVEA_TCP_WAYS]; /* jiffies / 32 of the last round trip that was begun */
	struct tcp_connection connections[FOVEA_TCP_WAYS];
};

_Static_assert(sizeof(struct tcp_set) == 192, "struct tcp_set has another size");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE); /* for its alignment: a place begins a cache line */
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tcp_set);
} tcp_table SEC(".maps");

/* [cpu][endpoint][direction] */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tcp_counters);
} tcp_endpoints SEC(".maps");

/* [endpoint][enum fovea_tcp_latency] */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct latency_histogram);
} latencies SEC(".maps");

static __always_inline bool is_after(__u32 sequence, __u32 other)
{
	return (__s32)(sequence - other) > 0;
}

static __always_inline struct tcp_counters *tcp_counters_of(const struct packet *packet)
{
	__u32 place = (packet->cpu * knobs.endpoints + packet->key.endpoint) * FOVEA_DIRECTIONS +
		      direction_of(packet);

	return bpf_map_lookup_elem(&tcp_endpoints, &place);
}

/* Not static, so that it is verified once and not wherever it is called. */
__noinline int tcp_record(__u32 place, __u64 taken)
{
	struct latency_histogram *histogram = bpf_map_lookup_elem(&latencies, &place);

	if (histogram)
		add_latency(histogram, knobs.tcp.bounds, taken);
	return 0;
}

static __noinline int tcp_took(struct packet *packet, __u32 latency, __u64 since)
{
	__u64 taken = bpf_ktime_get_ns() - since;
	__u32 kind = latency == FOVEA_TCP_ROUND_TRIP ? FOVEA_PEER_ROUND_TRIP : FOVEA_PEER_HANDSHAKE;
	__u32 peer;

	tcp_record(packet->key.endpoint * FOVEA_TCP_LATENCIES + latency, taken);
	tcp_note(FOVEA_TCP_FLOW_LATENCIES + latency, 1, taken);
	if (!knobs.tcp.peers ||
	    (latency != FOVEA_TCP_ROUND_TRIP && latency != FOVEA_TCP_CLIENT_REPLY))
		return 0;
	peer = tcp_peer_of(packet);
	if (peer & PEER_IS_SERVER)
		tcp_record(knobs.tcp.server_latencies +
				   packet->key.endpoint * FOVEA_PEER_LATENCIES + kind,
			   taken);
	if ((peer & PEER_NODE) && packet->at_uplink)
		tcp_record(knobs.tcp.node_latencies +
				   ((peer & PEER_NODE) - 1) * FOVEA_PEER_LATENCIES + kind,
			   taken);
	return 0;
}

static __noinline int tcp_count_flags(struct packet *packet)
{
	struct tcp_counters *counters = tcp_counters_of(packet);
	__u16 flags = packet->tcp_flags;

	if (!counters)
		return 0;
	if (flags & TCP_SYN) {
		if (flags & TCP_ACK)
			counters->synack++;
		else
			counters->syn++;
	} else {
		if (flags & TCP_ECE)
			counters->ece += packet->segments;
		if (flags & TCP_CWR)
			counters->cwr++;
		if (!packet->tcp.window && !(flags & TCP_RST)) {
			counters->zero_window += packet->segments;
			tcp_note(FOVEA_TCP_FLOW_ZERO_WINDOW, packet->segments, 0);
		}
	}
	if (flags & TCP_FIN)
		counters->fin++;
	if (flags & TCP_RST) {
		counters->rst++;
		tcp_note(FOVEA_TCP_FLOW_RESET, 1, 0);
	}
	if (flags & TCP_URG)
		counters->urg++;
	return 0;
}

static __noinline __u32 tcp_refuse(struct packet *packet)
{
	struct tcp_counters *counters = tcp_counters_of(packet);

	if (counters)
		counters->untracked_packets += packet->segments;
	return TCP_NO_WAY;
}

/* Takes a free, closed or quiet entry for a connection; TCP_NO_WAY where there is none. */
static __noinline __u32 tcp_enter(struct packet *packet, struct tcp_set *set, __u32 tag)
{
	__u64 jiffies = bpf_jiffies64();
	__u8 now = jiffies >> 9;
	struct tcp_table_stats *stats;
	__u32 chosen = TCP_NO_WAY;
	__u32 worth =
		TCP_QUIET; /* how long the chosen one has been quiet; free and closed are best */
	__u32 cpu = packet->cpu;
	bool evicts = false;

	if (!set)
		return TCP_NO_WAY;
	bpf_spin_lock(&set->lock);
#pragma unroll
	for (__u32 way = 0; way < FOVEA_TCP_WAYS; way++) {
		__u32 quiet = (__u8)(now - set->touched[way]);

		if (set->tags[way] == tag) { /* another CPU entered it just now */
			chosen = way;
			worth = 0x200;
			evicts = false;
			break;
		}
		if (!(set->phases[way] & TCP_PHASE))
			quiet = 0x100;
		if (quiet >= worth && (quiet > worth || chosen == TCP_NO_WAY)) {
			chosen = way;
			worth = quiet;
			evicts = quiet < 0x100;
		}
	}
	if (chosen < FOVEA_TCP_WAYS && worth < 0x200) {
		struct tcp_connection *connection = &set->connections[chosen];

		set->tags[chosen] = tag;
		set->phases[chosen] = TCP_IDLE;
		set->next[chosen][0] = 0;
		set->next[chosen][1] = 0;
		set->touched[chosen] = now;
		set->sampled[chosen] = (jiffies >> 5) - 1;
		connection->marks = 0;
		connection->gaps[0].start = connection->gaps[0].end = 0;
		connection->gaps[1].start = connection->gaps[1].end = 0;
	}
	bpf_spin_unlock(&set->lock);

	if (chosen == TCP_NO_WAY)
		return tcp_refuse(packet);
	if (evicts) {
		stats = bpf_map_lookup_elem(&tcp_stats, &cpu);
		if (stats)
			stats->evictions++;
	}
	return chosen;
}

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

/*
 * The connection's entry, or TCP_NO_WAY. Without branches: which of four it is cannot be foreseen, and
 * what comes after can be begun before the entry is there.
 */
static __always_inline __u32 way_of(const struct tcp_set *set, __u32 tag)
{
	__u64 missing = 0;
	__u32 way = 0;

#pragma unroll
	for (__u32 place = 0; place < FOVEA_TCP_WAYS; place++) {
		/* 1 where the tags differ: what is below 2^32 and not 0 borrows from 2^32. */
		__u64 differs = ((__u64)(set->tags[place] ^ tag) + 0xffffffffull) >> 32;

		missing += differs;
		way |= place & (__u32)(differs - 1);
	}
	barrier_var(missing);
	return missing == FOVEA_TCP_WAYS ? TCP_NO_WAY : way & (FOVEA_TCP_WAYS - 1);
}

static __always_inline void tcp_touch(struct tcp_set *set, __u32 way, __u64 jiffies)
{
	if (set->touched[way] != (__u8)(jiffies >> 9))
		set->touched[way] = jiffies >> 9;
}

/* Whether an entry is to be had, as far as can be said without the lock. */
static __always_inline bool has_room(const struct tcp_set *set, __u64 jiffies)
{
	bool room = false;

#pragma unroll
	for (__u32 way = 0; way < FOVEA_TCP_WAYS; way++)
		room |= !(set->phases[way] & TCP_PHASE) |
			((__u8)((jiffies >> 9) - set->touched[way]) >= TCP_QUIET);
	return room;
}

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
