// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts what becomes of TCP connections, as the sockets at this host's ends of them see it.
 *
 * Hooks: tp_btf on TCP's own tracepoints. They fire when a socket changes its state, sends something again or
 * meets a reset, never for a packet that just passes; only the sockets know why a connection failed.
 * Whose: the network namespace the socket is in, when that is an endpoint's or the host's own; sockets of
 * other namespaces are not counted. A reset without a socket belongs to the namespace of the device the
 * packet that it answers came by.
 * Nothing that counts can be full: an endpoint's counters are one place in an array. A handshake whose start was
 * pushed out by newer ones is counted and not measured; half-open connections that found no room are counted.
 * A program that a softirq interrupts is skipped by the kernel (Linux 6.1) for what happens meanwhile, which the
 * kernel counts.
 */
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "fovea_tcp_sockets.h"

#define PROTOCOL_TCP 6
#define TCP_FLAG_SYN 2

const volatile struct tcp_socket_knobs tcp_socket_knobs;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tcp_socket_totals);
} tcp_sockets SEC(".maps");

/* Sockets in SYN_SENT -> when they came to be so, in nanoseconds. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, __u64);
} connecting SEC(".maps");

/* Half-open connections whose SYN-ACK was sent again, by both initial sequence numbers. No tracepoint tells of
 * their end: the agent takes out those that nothing is heard of any more. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, struct tcp_half_open);
} half_open SEC(".maps");

/* Inode of an endpoint's network namespace -> endpoint. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u32);
} tcp_namespaces SEC(".maps");

static __always_inline void add(__u64 *counter, __u64 amount)
{
	__atomic_fetch_add(counter, amount, __ATOMIC_RELAXED);
}

#include "tcp_outcomes.h"
#include "tcp_socket_errors.h"

#define NO_ENDPOINT 0xffffffff

/* NO_ENDPOINT for a namespace that this agent does not watch. */
static __always_inline __u32 endpoint_of(__u32 inode)
{
	__u32 *endpoint;

	if (inode == tcp_socket_knobs.host_namespace)
		return 0;
	endpoint = bpf_map_lookup_elem(&tcp_namespaces, &inode);
	return endpoint ? *endpoint : NO_ENDPOINT;
}

/* Null for a namespace that this agent does not watch. */
static __always_inline struct tcp_socket_totals *totals_of(__u32 inode)
{
	__u32 endpoint = endpoint_of(inode);

	return bpf_map_lookup_elem(&tcp_sockets, &endpoint);
}

static __always_inline void measured(struct tcp_socket_totals *totals, __u32 latency,
				     __u64 nanoseconds)
{
	add_latency(&totals->latencies[latency], tcp_socket_knobs.bounds, nanoseconds);
}

/* Older kernels have the tracepoint fire only for what the network layer took; newer ones give its error. */
SEC("tp_btf/tcp_retransmit_skb")
int fovea_retransmit(__u64 *arguments)
{
	struct sock *sk = (struct sock *)arguments[0];
	struct sk_buff *skb = (struct sk_buff *)arguments[1];
	struct tcp_skb_cb *control = (struct tcp_skb_cb *)skb->cb;
	struct tcp_socket_totals *totals;
	__u32 segment = TCP_SEGMENT_DATA;
	__u32 packets;

	if (tcp_socket_knobs.has_retransmit_error && (int)arguments[2])
		return 0;
	totals = totals_of(sk->__sk_common.skc_net.net->ns.inum);
	if (!totals)
		return 0;
	packets = BPF_CORE_READ_BITFIELD_PROBED(control, tcp_gso_segs);
	if (BPF_CORE_READ_BITFIELD_PROBED(control, tcp_flags) & TCP_FLAG_SYN)
		segment = TCP_SEGMENT_SYN;
	add(&totals->retransmitted[segment], packets ?: 1);
	add(&totals->retransmitted_bytes, skb->len);
	return 0;
}

SEC("tp_btf/tcp_retransmit_synack")
int fovea_retransmit_synack(__u64 *arguments)
{
	struct sock *listener = (struct sock *)arguments[0];
	struct tcp_request_sock *request = (struct tcp_request_sock *)arguments[1];
	__u32 endpoint = endpoint_of(listener->__sk_common.skc_net.net->ns.inum);
	struct tcp_socket_totals *totals = bpf_map_lookup_elem(&tcp_sockets, &endpoint);
	struct tcp_half_open *known, fresh = {};
	__u64 numbers;

	if (!totals)
		return 0;
	add(&totals->retransmitted[TCP_SEGMENT_SYN_ACK], 1);
	numbers = (__u64)BPF_CORE_READ(request, snt_isn) << 32 | BPF_CORE_READ(request, rcv_isn);
	known = bpf_map_lookup_elem(&half_open, &numbers);
	if (known) {
		known->last = bpf_ktime_get_ns();
		return 0;
	}
	fresh.first = BPF_CORE_READ(request, snt_synack) * 1000;
	fresh.last = bpf_ktime_get_ns();
	fresh.endpoint = endpoint;
	if (bpf_map_update_elem(&half_open, &numbers, &fresh, BPF_NOEXIST))
		add(&totals->half_open_unwatched, 1);
	return 0;
}

/* A connect() that led to a connection, from the socket's first state to this one. */
static __always_inline void connected(struct tcp_socket_totals *totals, __u64 started)
{
	add(&totals->established[TCP_ROLE_CLIENT], 1);
	if (started)
		measured(totals, TCP_LATENCY_CONNECT, bpf_ktime_get_ns() - started);
	else
		add(&totals->unmeasured[TCP_ROLE_CLIENT], 1);
}

/*
 * From the first SYN-ACK to its ACK. The kernel has taken that time for the socket's first round trip, unless the
 * SYN-ACK was sent again: then the time it was first sent is remembered.
 */
static __always_inline void accepted(struct sock *sk, struct tcp_socket_totals *totals)
{
	struct tcp_sock *tcp = (struct tcp_sock *)sk;
	__u64 numbers =
		(__u64)(BPF_CORE_READ(tcp, snd_una) - 1) << 32 | (BPF_CORE_READ(tcp, rcv_nxt) - 1);
	struct tcp_half_open *waited = bpf_map_lookup_elem(&half_open, &numbers);
	__u64 first = waited ? waited->first : 0;
	__u32 round_trip;

	add(&totals->established[TCP_ROLE_SERVER], 1);
	if (waited)
		bpf_map_delete_elem(&half_open, &numbers);
	if (first) {
		/* With timestamps the round trip would be that of the last SYN-ACK alone. */
		measured(totals, TCP_LATENCY_ACCEPT, bpf_ktime_get_ns() - first);
		return;
	}
	round_trip = BPF_CORE_READ(tcp, srtt_us);
	if (round_trip)
		measured(totals, TCP_LATENCY_ACCEPT, (round_trip >> 3) * 1000ULL);
	else
		add(&totals->unmeasured[TCP_ROLE_SERVER], 1);
}

/* From Linux 6.10 on either argument may be null, and some verifiers take it that neither is: reading through
 * null gives 0, so that is what is asked for. */
SEC("tp_btf/tcp_send_reset")
int fovea_send_reset(__u64 *arguments)
{
	struct sock *sk = (struct sock *)arguments[0];
	struct sk_buff *skb = (struct sk_buff *)arguments[1];
	struct tcp_socket_totals *totals;
	__u32 inode = 0, reason = 0;

	if (sk)
		inode = sk->__sk_common.skc_net.net->ns.inum;
	if (!inode && skb)
		inode = skb->dev->nd_net.net->ns.inum;
	totals = totals_of(inode);
	if (!totals)
		return 0;
	if (tcp_socket_knobs.has_reset_reason)
		reason = arguments[2];
	if (reason >= TCP_RESET_REASONS)
		reason = TCP_RESET_REASONS - 1;
	add(&totals->resets_sent[reason], 1);
	return 0;
}

SEC("tp_btf/tcp_receive_reset")
int fovea_receive_reset(__u64 *arguments)
{
	struct sock *sk = (struct sock *)arguments[0];
	struct tcp_socket_totals *totals = totals_of(sk->__sk_common.skc_net.net->ns.inum);

	if (totals)
		add(&totals->resets_received, 1);
	return 0;
}

static __always_inline void closed(struct sock *sk, struct tcp_socket_totals *totals, int state)
{
	struct tcp_sock *tcp = (struct tcp_sock *)sk;
	__u32 round_trip = BPF_CORE_READ(tcp, srtt_us);

	add(&totals->closed[ending_of(sk, state)], 1);
	if (round_trip)
		measured(totals, TCP_LATENCY_ROUND_TRIP, (round_trip >> 3) * 1000ULL);
}

/* When the socket began to connect; 0 if that is not known. */
static __always_inline __u64 take_start(struct sock *sk)
{
	__u64 key = (__u64)sk, started;
	__u64 *kept = bpf_map_lookup_elem(&connecting, &key);

	if (!kept)
		return 0;
	started = *kept;
	bpf_map_delete_elem(&connecting, &key);
	return started;
}

static __always_inline void keep_start(struct sock *sk)
{
	__u64 key = (__u64)sk, now = bpf_ktime_get_ns();

	bpf_map_update_elem(&connecting, &key, &now, BPF_ANY);
}

SEC("tp_btf/inet_sock_set_state")
int fovea_tcp_state(__u64 *arguments)
{
	struct sock *sk = (struct sock *)arguments[0];
	int from = arguments[1], to = arguments[2];
	bool handshake = from == SYN_SENT || from == SYN_RECV;
	__u32 role = from == SYN_SENT ? TCP_ROLE_CLIENT : TCP_ROLE_SERVER;
	struct tcp_socket_totals *totals;
	__u32 endpoint, failure;
	__u64 started = 0;
	bool keeps;

	if (sk->sk_protocol != PROTOCOL_TCP)
		return 0;
	if (from == SYN_SENT)
		started = take_start(sk);
	/* A simultaneous open goes from SYN_SENT to SYN_RECV, and counts as accepted. */
	if (from == LISTEN || to == SYN_RECV || (from == CLOSE && to != SYN_SENT))
		return 0;
	/* An established connection takes some steps to its end. */
	if (from != CLOSE && !handshake && to != CLOSE)
		return 0;
	endpoint = endpoint_of(sk->__sk_common.skc_net.net->ns.inum);
	totals = bpf_map_lookup_elem(&tcp_sockets, &endpoint);
	if (!totals)
		return 0;
	keeps = tcp_socket_knobs.outcomes && endpoint && role == TCP_ROLE_CLIENT;
	if (from == CLOSE) {
		keep_start(sk);
	} else if (!handshake) {
		closed(sk, totals, from);
	} else if (to == CLOSE) {
		failure = failure_of(sk);
		add(&totals->failed[role][failure], 1);
		if (keeps)
			keep_outcome(sk, endpoint, failure + 1, 0);
	} else if (role == TCP_ROLE_CLIENT) {
		connected(totals, started);
		if (keeps && tcp_socket_knobs.outcomes & TCP_OUTCOMES_BY_SERVER)
			keep_outcome(sk, endpoint, 0, started);
	} else {
		accepted(sk, totals);
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
