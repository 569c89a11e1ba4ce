/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a socket's last state and error say of how a connection failed or ended.
 */
#ifndef FOVEA_TCP_SOCKET_ERRORS_H
#define FOVEA_TCP_SOCKET_ERRORS_H

#include "kernel_types.h"

#define SHUTDOWN_BOTH 3

/* net/tcp_states.h: fixed, user space sees them. */
enum {
	ESTABLISHED = 1,
	SYN_SENT,
	SYN_RECV,
	FIN_WAIT1,
	FIN_WAIT2,
	TIME_WAIT,
	CLOSE,
	CLOSE_WAIT,
	LAST_ACK,
	LISTEN,
	CLOSING,
};

/* asm-generic/errno.h. */
enum {
	ERROR_ACCESS = 13,
	ERROR_PIPE = 32,
	ERROR_NO_NETWORK = 64,
	ERROR_NETWORK_DOWN = 100,
	ERROR_NETWORK_UNREACHABLE = 101,
	ERROR_ABORTED = 103,
	ERROR_RESET = 104,
	ERROR_TIMED_OUT = 110,
	ERROR_REFUSED = 111,
	ERROR_HOST_DOWN = 112,
	ERROR_HOST_UNREACHABLE = 113,
};

/* What ICMP last said of a connection and the application has not asked for; IPv4 keeps that for SYNs. */
static __always_inline int queued_error(struct sock *sk)
{
	struct sock_exterr_skb *error;
	struct sk_buff *skb;

	if (!BPF_CORE_READ(sk, sk_error_queue.qlen))
		return 0;
	skb = BPF_CORE_READ(sk, sk_error_queue.prev);
	error = (struct sock_exterr_skb *)&skb->cb;
	return BPF_CORE_READ(error, ee.ee_errno);
}

/*
 * The error a socket ends with; 0 where its owner ended it. Until Linux 6.10 a poller is woken before the state
 * changes, and may have taken the error away: then what else the socket knows has to do.
 */
static __always_inline int error_of(struct sock *sk)
{
	struct inet_connection_sock *connection = (struct inet_connection_sock *)sk;
	int error = sk->sk_err;

	if (error || (sk->sk_shutdown & SHUTDOWN_BOTH) == SHUTDOWN_BOTH)
		return error;
	if (sk->sk_err_soft)
		return sk->sk_err_soft;
	return BPF_CORE_READ(connection, icsk_retransmits) ? ERROR_TIMED_OUT : 0;
}

static __always_inline bool is_unreachable(int error)
{
	return error == ERROR_HOST_UNREACHABLE || error == ERROR_NETWORK_UNREACHABLE ||
	       error == ERROR_HOST_DOWN || error == ERROR_NETWORK_DOWN ||
	       error == ERROR_NO_NETWORK || error == ERROR_ACCESS;
}

static __always_inline __u32 failure_of(struct sock *sk)
{
	struct tcp_sock *tcp = (struct tcp_sock *)sk;
	int error = error_of(sk);

	/* Whoever gives up after ICMP answered has been told why. */
	if (!error)
		error = sk->sk_err_soft;
	if (!error)
		error = queued_error(sk);
	if (is_unreachable(error))
		return TCP_FAILURE_UNREACHABLE;
	switch (error) {
	case 0:
		return BPF_CORE_READ(tcp, segs_out) ? TCP_FAILURE_ABORTED : TCP_FAILURE_NOT_SENT;
	case ERROR_REFUSED:
		return TCP_FAILURE_REFUSED;
	case ERROR_TIMED_OUT:
		return TCP_FAILURE_TIMED_OUT;
	case ERROR_RESET:
	case ERROR_PIPE:
		return TCP_FAILURE_RESET;
	case ERROR_ABORTED:
		return TCP_FAILURE_ABORTED;
	}
	return TCP_FAILURE_OTHER;
}

static __always_inline __u32 ending_of(struct sock *sk, int state)
{
	int error = error_of(sk);

	if (is_unreachable(error))
		return TCP_ENDING_UNREACHABLE;
	switch (error) {
	case 0:
		return state == FIN_WAIT2 || state == CLOSING || state == LAST_ACK
			       ? TCP_ENDING_CLOSED
			       : TCP_ENDING_ABORTED;
	case ERROR_TIMED_OUT:
		return TCP_ENDING_TIMED_OUT;
	case ERROR_RESET:
	case ERROR_PIPE:
		return TCP_ENDING_RESET;
	case ERROR_ABORTED:
		return TCP_ENDING_ABORTED;
	}
	return TCP_ENDING_OTHER;
}

#endif
