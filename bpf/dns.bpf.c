// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts DNS messages of every endpoint, and tells how long their answers take.
 *
 * Hook: called last by the packet program (a tail call) for packets to or from a DNS port; others pay nothing.
 * Per message: one copy of its beginning, a walk over the first name, atomic adds to the endpoint's counters.
 * A query waits in a hash map for the response with the same addresses, ports and id. Full map: the query is
 * counted as untracked, and its answer has no latency. The agent takes out what waited for too long.
 * TCP: where the next message begins in each way of a connection is followed by sequence number. A segment
 * that has no such place is counted as undetailed, by cause, and never read as if it were a message.
 * Names, when asked for, go through a ring that wakes nobody; counts do not depend on it.
 */
#include <linux/bpf.h>
#include <linux/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include "fovea_dns.h"

const volatile struct dns_knobs dns_knobs;

#include "dns_message.h"
#include "dns_stream.h"

#define NEXT_IN_CHAIN (-1) /* TC_ACT_UNSPEC and TCX_NEXT */
#define MESSAGES_PER_RUN 4 /* then the stream program calls itself */

SEC("tc")
int fovea_dns(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct packet_handoff *packet = bpf_map_lookup_elem(&handoff, &zero);
	struct dns_work *work = bpf_map_lookup_elem(&dns_work, &zero);
	__u32 payload, length, segments = skb->gso_segs, one = skb->gso_size;

	if (!packet || !work)
		return NEXT_IN_CHAIN;
	if (packet->key.protocol == IPPROTO_TCP) {
		follow_segment(skb, packet, work);
		return NEXT_IN_CHAIN;
	}
	payload = packet->transport + 8;
	length = packet->end > payload ? packet->end - payload : 0;
	if (segments > 1) { /* several datagrams in one packet; the first is looked at */
		undetailed(packet, FOVEA_DNS_AGGREGATED, segments - 1);
		if (one && length > one)
			length = one;
	}
	count_message(skb, payload, length, length);
	return NEXT_IN_CHAIN;
}

/* Counts messages from work->at on, a few at a time. */
SEC("tc")
int fovea_dns_stream(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct packet_handoff *packet = bpf_map_lookup_elem(&handoff, &zero);
	struct dns_work *work = bpf_map_lookup_elem(&dns_work, &zero);
	struct dns_stream *stream;
	__u32 at, end, left, length;
	__u8 prefix[2];

	if (!packet || !work)
		return NEXT_IN_CHAIN;
	end = packet->end;
	for (int i = 0; i < MESSAGES_PER_RUN; i++) {
		at = work->at;
		if (at >= end)
			break;
		left = end - at;
		length = work->expected;
		if (!length) {
			if (left < sizeof(prefix) ||
			    bpf_skb_load_bytes(skb, at, prefix, sizeof(prefix))) {
				/* half a length: where the next message begins is lost */
				undetailed(packet, FOVEA_DNS_SPLIT, 1);
				end_stream(packet);
				return NEXT_IN_CHAIN;
			}
			length = (__u32)prefix[0] << 8 | prefix[1];
			at += sizeof(prefix);
			left -= sizeof(prefix);
			work->at = at;
			if (!left && length) { /* some send the length by itself */
				work->expected = length;
				break;
			}
		}
		work->expected = 0;
		work->at = at + length;
		count_message(skb, at, left < length ? left : length, length);
		compiler_barrier();
	}
	if (work->at < end) {
		bpf_tail_call(skb, &handlers, FOVEA_HANDLER_DNS_STREAM);
		/* the kernel allows no more calls in a row */
		undetailed(packet, FOVEA_DNS_AGGREGATED, 1);
		end_stream(packet);
		return NEXT_IN_CHAIN;
	}
	if (work->ends) {
		end_stream(packet);
		return NEXT_IN_CHAIN;
	}
	stream = bpf_map_lookup_elem(&dns_streams, &packet->key);
	if (stream) {
		stream->next = work->sequence + work->at;
		stream->expected = work->expected;
	}
	return NEXT_IN_CHAIN;
}

char LICENSE[] SEC("license") = "GPL";
