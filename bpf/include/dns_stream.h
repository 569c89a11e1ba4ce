/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where messages begin in DNS over TCP: the next one's place in each way of a connection is followed by sequence number.
 * A segment that has no such place is counted as undetailed, by cause, and never read as if it were a message.
 */
#ifndef FOVEA_DNS_STREAM_H
#define FOVEA_DNS_STREAM_H

#include "dns_work.h"

#define DNS_RESERVED 0x40
#define DNS_OPCODE 0x78
#define DNS_LAST_OPCODE 0x30 /* DSO, RFC 8490 */

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct flow_key);
	__type(value, struct dns_stream);
} dns_streams SEC(".maps");

/*
 * Whether a segment looks like exactly one message, to take up a connection in the middle: a length that
 * fits to the byte, and a header with one question and nothing reserved in it.
 */
static __always_inline bool is_whole_message(struct __sk_buff *skb, __u32 offset, __u32 length)
{
	__u8 start[2 + 6];

	if (length < 2 + FOVEA_DNS_HEADER || bpf_skb_load_bytes(skb, offset, start, sizeof(start)))
		return false;
	return ((__u32)start[0] << 8 | start[1]) == length - 2 &&
	       (start[4] & DNS_OPCODE) <= DNS_LAST_OPCODE && !(start[5] & DNS_RESERVED) &&
	       !start[6] && start[7] == 1;
}

static __always_inline void end_stream(struct packet_handoff *packet)
{
	bpf_map_delete_elem(&dns_streams, &packet->key);
}

static __always_inline void begin_stream(struct packet_handoff *packet, __u32 sequence)
{
	struct dns_stream stream = { .touched = bpf_ktime_get_ns(), .next = sequence };
	struct dns_losses *lost;

	if (!bpf_map_update_elem(&dns_streams, &packet->key, &stream, BPF_ANY))
		return;
	lost = losses();
	if (lost)
		lost->untracked_streams++;
}

/* Both ways: no more comes on either. */
static __always_inline void end_connection(struct packet_handoff *packet, struct flow_key *other)
{
	end_stream(packet);
	*other = packet->key;
	__builtin_memcpy(other->source, packet->key.destination, 16);
	__builtin_memcpy(other->destination, packet->key.source, 16);
	other->source_port = packet->key.destination_port;
	other->destination_port = packet->key.source_port;
	other->marks ^= FOVEA_FLOW_EGRESS;
	bpf_map_delete_elem(&dns_streams, other);
}

/* Finds where the segment's first message begins, and has the stream program count from there on. */
static __always_inline void follow_segment(struct __sk_buff *skb, struct packet_handoff *packet,
					   struct dns_work *work)
{
	__u32 payload, length, sequence, cause;
	struct dns_stream *stream;
	struct flow_key other;
	__u8 header[14];
	__s32 ahead = 0;

	if (bpf_skb_load_bytes(skb, packet->transport, header, sizeof(header)))
		return;
	if (header[13] & TCP_RST) {
		end_connection(packet, &other);
		return;
	}
	payload = packet->transport + (header[12] >> 4) * 4;
	length = packet->end > payload ? packet->end - payload : 0;
	sequence =
		(__u32)header[4] << 24 | (__u32)header[5] << 16 | (__u32)header[6] << 8 | header[7];
	if (header[13] & TCP_SYN) {
		sequence++;
		begin_stream(packet, sequence);
	}
	work->ends = header[13] & TCP_FIN;
	if (!length) {
		if (work->ends)
			end_stream(packet);
		return;
	}

	work->expected = 0;
	stream = bpf_map_lookup_elem(&dns_streams, &packet->key);
	if (stream) {
		ahead = (__s32)(stream->next - sequence);
		work->expected = stream->expected;
		stream->touched = bpf_ktime_get_ns();
	}
	if (!stream || ahead < 0) {
		cause = stream ? FOVEA_DNS_GAP : FOVEA_DNS_UNKNOWN_STREAM;
		/* One that ends the connection may be there for the second time. */
		if (work->ends || !is_whole_message(skb, payload, length)) {
			undetailed(packet, cause, 1);
			if (work->ends)
				end_stream(packet);
			return;
		}
		begin_stream(packet, sequence);
		work->expected = 0;
		ahead = 0;
	}
	if ((__u32)ahead >= length) {
		undetailed(packet, FOVEA_DNS_MID_MESSAGE, 1);
		if (work->ends)
			end_stream(packet);
		return;
	}
	work->at = payload + (__u32)ahead;
	work->sequence = sequence - payload;
	bpf_tail_call(skb, &handlers, FOVEA_HANDLER_DNS_STREAM);
}

#endif
