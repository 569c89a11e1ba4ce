/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections lie in one table that all CPUs share, preallocated, four to a place: what passes most often
 * (next sequence numbers, whether anything is awaited) is one cache line for each place. An entry is told
 * by its hash. Who is not there gets in with a SYN or data where an entry is free, closed or quiet for
 * some seconds, under a lock; else its packet counts as untracked. Nothing else locks: the packets of one
 * direction of a connection come one after another, and each direction writes what is its own.
 */
#ifndef FOVEA_TCP_TABLE_H
#define FOVEA_TCP_TABLE_H

#include "tcp_counters.h"

#define TCP_NO_WAY FOVEA_TCP_WAYS
#define TCP_QUIET 4 /* in units of 512 jiffies: an entry that another connection may have */

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

#endif
