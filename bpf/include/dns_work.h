/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the DNS programs have at hand: the packet, the message in it, and where to count.
 */
#ifndef FOVEA_DNS_WORK_H
#define FOVEA_DNS_WORK_H

#include "handlers.h"

#define COPY_SPACE 512 /* a power of two, so that any place in it is safe to mask */
#define compiler_barrier() __asm__ __volatile__("" ::: "memory")

/* By endpoint. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct dns_counters);
} dns_counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct dns_losses);
} dns_losses SEC(".maps");

/*
 * The message at hand. What a branch found out goes through here too, so that the verifier does not follow
 * every value of it through everything that comes after.
 */
struct dns_work {
	struct dns_record record; /* right before the message: they go through the ring together */
	__u8 message[COPY_SPACE];
	struct dns_pending_key key;
	__u32 size; /* bytes copied */
	__u32 name_end;
	__u32 type; /* a place */
	__u32 rcode; /* a place */
	/* TCP: where the stream program is in the packet */
	__u32 at;
	__u32 sequence; /* of offset 0 of the packet */
	__u32 expected;
	__u32 ends; /* FIN */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct dns_work);
} dns_work SEC(".maps");

static __always_inline void add(__u64 *counter, __u64 amount)
{
	__atomic_fetch_add(counter, amount, __ATOMIC_RELAXED);
}

static __always_inline __u16 word(const struct dns_work *work, __u32 at)
{
	return (__u16)work->message[at & (COPY_SPACE - 1)] << 8 |
	       work->message[(at + 1) & (COPY_SPACE - 1)];
}

static __always_inline struct dns_counters *counters_of(const struct packet_handoff *packet)
{
	__u32 endpoint = packet->key.endpoint;

	return bpf_map_lookup_elem(&dns_counters, &endpoint);
}

static __always_inline struct dns_losses *losses(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&dns_losses, &zero);
}

static __always_inline void undetailed(const struct packet_handoff *packet, __u32 cause,
				       __u64 packets)
{
	struct dns_counters *counters = counters_of(packet);

	if (counters && cause < FOVEA_DNS_UNDETAILED)
		add(&counters->undetailed[packet->key.marks & FOVEA_FLOW_EGRESS][cause], packets);
}

#endif
