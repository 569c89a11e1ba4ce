/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One DNS message: its header, its first name, and what is counted of it.
 */
#ifndef FOVEA_DNS_MESSAGE_H
#define FOVEA_DNS_MESSAGE_H

#include "dns_work.h"
#include "dns_pending.h"

#define LABELS 128 /* a name has at most 127 */
#define LONGEST_NAME 255
#define DNS_RESPONSE 0x80
#define DNS_TRUNCATED 0x02
#define DNS_TYPE_OPT 41

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} dns_names SEC(".maps");

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

#endif
