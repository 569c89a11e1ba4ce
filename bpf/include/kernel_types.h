/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's own structs, with only the fields the programs read. Offsets are set at load from the
 * running kernel's BTF (CO-RE), so nothing here depends on one kernel's layout.
 */
#ifndef FOVEA_KERNEL_TYPES_H
#define FOVEA_KERNEL_TYPES_H

#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct net_device {
	int ifindex;
	possible_net_t nd_net;
};

struct sock_common {
	unsigned short skc_family;
	possible_net_t skc_net;
};

struct sock {
	struct sock_common __sk_common;
};

struct sk_buff {
	struct net_device *dev;
	struct sock *sk;
	unsigned int len;
	int skb_iif;
	__be16 protocol;
	__u16 network_header;
	unsigned char *head;
	unsigned char *data;
};

#pragma clang attribute pop

#endif
