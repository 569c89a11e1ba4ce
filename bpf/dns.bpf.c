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
#include "latency.h"

#define NEXT_IN_CHAIN (-1) /* TC_ACT_UNSPEC and TCX_NEXT */
#define ERROR_EXISTS (-17)
#define LABELS 128 /* a name has at most 127 */
#define LONGEST_NAME 255
#define MESSAGES_PER_RUN 4 /* then the stream program calls itself */
#define COPY_SPACE 512 /* a power of two, so that any place in it is safe to mask */

#define DNS_RESPONSE 0x80
#define DNS_TRUNCATED 0x02
#define DNS_RESERVED 0x40
#define DNS_OPCODE 0x78
#define DNS_LAST_OPCODE 0x30 /* DSO, RFC 8490 */
#define DNS_TYPE_OPT 41

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04

const volatile struct dns_knobs dns_knobs;

/* The packet program's own. */
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

/* By endpoint. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct dns_counters);
} dns_counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct dns_pending_key);
	__type(value, struct dns_pending);
} dns_pending SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct flow_key);
	__type(value, struct dns_stream);
} dns_streams SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct dns_losses);
} dns_losses SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} dns_names SEC(".maps");

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

#define compiler_barrier() __asm__ __volatile__("" ::: "memory")

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

/* 224.0.0.0/4 and ff00::/8: nobody in particular is asked there, so nobody fails to answer. */
static __always_inline bool is_multicast(const struct packet_handoff *packet)
{
	const __u32 *to = (const __u32 *)packet->key.destination;

	if (!to[0] && !to[1] && to[2] == bpf_htonl(0xffff))
		return (packet->key.destination[12] & 0xf0) == 0xe0;
	return packet->key.destination[0] == 0xff;
}

enum name_verdict {
	NAME_WHOLE,
	NAME_CUT, /* goes on behind what was copied */
	NAME_WRONG,
};

/*
 * Walks over the first name. It cannot be compressed: there is nothing before it to point at. Leaves its end
 * in work->name_end.
 */
static __noinline int walk_name(struct dns_work *work)
{
	__u32 at = FOVEA_DNS_HEADER;

	if (!work)
		return NAME_WRONG;
	for (int i = 0; i < LABELS; i++) {
		__u8 length;

		if (at >= work->size)
			return NAME_CUT;
		length = work->message[at & (COPY_SPACE - 1)];
		at++;
		if (length > 63 || at + length > FOVEA_DNS_HEADER + LONGEST_NAME)
			return NAME_WRONG;
		if (!length) {
			work->name_end = at;
			return NAME_WHOLE;
		}
		at += length;
	}
	return NAME_WRONG;
}

/*
 * A response code that does not fit into the header has its upper bits in the OPT record (RFC 6891), which
 * comes first where such a code is sent: with an error there is nothing else.
 */
static __always_inline bool has_extended_rcode(const struct dns_work *work, __u32 question_end)
{
	const __u8 *message = work->message;

	return !word(work, 6) && !word(work, 8) && word(work, 10) &&
	       question_end + 6 <= work->size && !message[question_end & (COPY_SPACE - 1)] &&
	       word(work, question_end + 1) == DNS_TYPE_OPT &&
	       message[(question_end + 5) & (COPY_SPACE - 1)];
}

static __always_inline void fill_key(struct dns_work *work, const struct packet_handoff *packet,
				     bool response, __u32 role)
{
	const struct flow_key *flow = &packet->key;
	struct dns_pending_key *key = &work->key;

	if (response) {
		__builtin_memcpy(key->client, flow->destination, 16);
		__builtin_memcpy(key->server, flow->source, 16);
		key->client_port = flow->destination_port;
		key->server_port = flow->source_port;
	} else {
		__builtin_memcpy(key->client, flow->source, 16);
		__builtin_memcpy(key->server, flow->destination, 16);
		key->client_port = flow->source_port;
		key->server_port = flow->destination_port;
	}
	__builtin_memcpy(&key->id, work->message, 2);
	key->endpoint = flow->endpoint;
	key->protocol = flow->protocol;
	key->role = role;
	key->reserved = 0;
}

/* Whoever takes it out counts it: this program or the agent's sweep. */
static __always_inline bool take_out(const struct dns_pending_key *key)
{
	return bpf_map_delete_elem(&dns_pending, key) == 0;
}

static __always_inline void await(struct dns_work *work, struct dns_role_counters *counters)
{
	struct dns_pending *before = bpf_map_lookup_elem(&dns_pending, &work->key);
	struct dns_pending now = { .asked = bpf_ktime_get_ns() };
	struct dns_losses *lost;
	long result;

	if (before && now.asked - before->asked <= dns_knobs.timeout) {
		add(&counters->repeated, 1);
		return;
	}
	if (before && take_out(&work->key))
		add(&counters->timeouts, 1);
	result = bpf_map_update_elem(&dns_pending, &work->key, &now, BPF_NOEXIST);
	if (!result)
		return;
	if (result == ERROR_EXISTS) { /* on another CPU, just now */
		add(&counters->repeated, 1);
		return;
	}
	lost = losses();
	if (lost)
		lost->untracked_queries++;
}

static __always_inline void settle(struct dns_work *work, struct dns_role_counters *counters)
{
	struct dns_pending *query = bpf_map_lookup_elem(&dns_pending, &work->key);
	__u64 taken;

	if (!query) {
		add(&counters->unmatched, 1);
		return;
	}
	taken = bpf_ktime_get_ns() - query->asked;
	if (!take_out(&work->key)) {
		add(&counters->unmatched, 1);
		return;
	}
	if (taken > dns_knobs.timeout) {
		add(&counters->timeouts, 1);
		add(&counters->unmatched, 1);
		return;
	}
	add_latency(&counters->latency, dns_knobs.bounds, taken);
}

static __always_inline void send_name(struct dns_work *work, const struct packet_handoff *packet,
				      bool response, __u32 role, struct dns_role_counters *counters)
{
	__u32 length = work->name_end, place;
	struct dns_losses *lost;

	if (length > FOVEA_DNS_HEADER + LONGEST_NAME)
		length = FOVEA_DNS_HEADER + LONGEST_NAME;
	work->record.endpoint = packet->key.endpoint;
	work->record.role = role;
	work->record.response = response;
	work->record.rcode = work->rcode;
	work->record.reserved = 0;
	work->record.length = length;
	if (!bpf_ringbuf_output(&dns_names, work, sizeof(work->record) + length, BPF_RB_NO_WAKEUP))
		return;
	place = response ? 1 + (work->rcode & (FOVEA_DNS_RCODES - 1)) : 0;
	add(&counters->names_lost[place], 1);
	lost = losses();
	if (lost)
		lost->names++;
}

/*
 * One message, of which `here` of its `length` bytes are in this packet, from `offset` on. Counts it as a
 * query, a response, malformed or undetailed: always as exactly one of these. Not static: so the verifier
 * looks at it once by itself, and not again for each message of a segment.
 */
__noinline int count_message(struct __sk_buff *skb, __u32 offset, __u32 here, __u32 length)
{
	__u32 zero = 0;
	struct packet_handoff *packet = bpf_map_lookup_elem(&handoff, &zero);
	struct dns_work *work = bpf_map_lookup_elem(&dns_work, &zero);
	struct dns_role_counters *counters;
	struct dns_counters *endpoint;
	bool response, multicast, egress;
	__u32 questions, transport, type, rcode, role;
	__u64 size = here;
	int name = NAME_WHOLE;

	if (!packet || !work)
		return 0;
	endpoint = counters_of(packet);
	if (!endpoint)
		return 0;
	egress = packet->key.marks & FOVEA_FLOW_EGRESS;
	if (length < FOVEA_DNS_HEADER) {
		add(&endpoint->malformed[egress], 1);
		return 0;
	}
	if (size > FOVEA_DNS_COPY)
		size = FOVEA_DNS_COPY;
	/* Older verifiers do not see the bounds of a copy, and the compiler checks what it likes of them. */
	asm volatile("" : "+r"(size));
	size &= COPY_SPACE - 1;
	if (size < FOVEA_DNS_HEADER || bpf_skb_load_bytes(skb, offset, work->message, size)) {
		undetailed(packet, FOVEA_DNS_SPLIT, 1);
		return 0;
	}
	work->size = size;
	work->name_end = FOVEA_DNS_HEADER;
	multicast = is_multicast(packet);
	questions = word(work, 4);
	/* More than one is an error (RFC 9619), but to a multicast resolver (RFC 6762). */
	if (questions > 1 && !multicast)
		name = NAME_WRONG;
	else if (questions)
		name = walk_name(work);
	compiler_barrier();
	if (name == NAME_WHOLE && questions && work->name_end + 4 > size)
		name = NAME_CUT;
	if (name != NAME_WHOLE) {
		if (name == NAME_CUT && here < length)
			undetailed(packet, FOVEA_DNS_SPLIT, 1);
		else
			add(&endpoint->malformed[egress], 1);
		return 0;
	}

	response = work->message[2] & DNS_RESPONSE;
	work->rcode = dns_knobs.rcodes[work->message[3] & 0xf];
	work->type = dns_knobs.no_type;
	if (questions) {
		__u32 number = word(work, work->name_end);

		work->type = number < 256 ? dns_knobs.types[number & 255] : dns_knobs.other_type;
	}
	if (response && has_extended_rcode(work, work->name_end + (questions ? 4 : 0)))
		work->rcode = dns_knobs.other_rcode;
	compiler_barrier();
	type = work->type & (FOVEA_DNS_TYPES - 1);
	rcode = work->rcode & (FOVEA_DNS_RCODES - 1);
	role = egress != response ? FOVEA_DNS_CLIENT : FOVEA_DNS_SERVER;
	transport = packet->key.protocol == IPPROTO_TCP ? FOVEA_DNS_TCP : FOVEA_DNS_UDP;
	counters = &endpoint->roles[role];

	if (response) {
		add(&counters->responses[transport][rcode][type], 1);
		if (work->message[2] & DNS_TRUNCATED)
			add(&counters->truncated, 1);
	} else {
		add(&counters->queries[transport][type], 1);
	}
	if (!multicast) {
		fill_key(work, packet, response, role);
		if (response)
			settle(work, counters);
		else
			await(work, counters);
	}
	if (dns_knobs.names)
		send_name(work, packet, response, role, counters);
	return 0;
}

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
