/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's own structs, with only the fields the programs read. Offsets are set at load from the
 * running kernel's BTF (CO-RE), so nothing here depends on one kernel's layout.
 */
#ifndef FOVEA_KERNEL_TYPES_H
#define FOVEA_KERNEL_TYPES_H

#include <linux/in6.h>
#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};

struct net_device;

struct net {
	struct ns_common ns;
	struct net_device *loopback_dev;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct net_device {
	int ifindex;
	possible_net_t nd_net;
};

struct sock_common {
	__u32 skc_daddr; /* network order */
	__u16 skc_dport; /* the same */
	struct in6_addr skc_v6_daddr; /* only where the kernel has IPv6 */
	unsigned short skc_family;
	unsigned char skc_state;
	possible_net_t skc_net;
};

struct sk_buff;

struct sk_buff_head {
	struct sk_buff *prev;
	__u32 qlen;
};

struct sock {
	struct sock_common __sk_common;
	struct sk_buff_head sk_error_queue;
	int sk_err;
	int sk_err_soft;
	__u16 sk_protocol;
	__u8 sk_shutdown;
};

struct inet_connection_sock {
	__u8 icsk_retransmits;
};

struct tcp_sock {
	__u32 segs_out;
	__u32 srtt_us; /* eighths */
	__u32 snd_una;
	__u32 rcv_nxt;
};

struct tcp_request_sock {
	__u64 snt_synack; /* microseconds of the monotonic clock; 0 for a SYN cookie */
	__u32 rcv_isn;
	__u32 snt_isn;
};

struct sock_extended_err {
	__u32 ee_errno;
};

/* Lies in sk_buff.cb in a socket's error queue. */
struct sock_exterr_skb {
	struct sock_extended_err ee;
};

/* Lies in sk_buff.cb while TCP has the packet. */
struct tcp_skb_cb {
	__u16 tcp_gso_segs;
	__u8 tcp_flags; /* 16 bits from Linux 6.15 on */
};

struct sk_buff {
	struct net_device *dev;
	struct sock *sk;
	unsigned int len;
	int skb_iif;
	__be16 protocol;
	__u16 network_header;
	__u16 mac_header;
	unsigned char *head;
	unsigned char *data;
	char cb[48];
};

#pragma clang attribute pop

#endif
