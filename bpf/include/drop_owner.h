/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose a dropped packet is, which way it went and how long it is, from what the kernel keeps of it when it dies.
 */
#ifndef FOVEA_DROP_OWNER_H
#define FOVEA_DROP_OWNER_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include "fovea_drops.h"
#include "kernel_types.h"

#define FAMILY_UNIX 1
#define FAMILY_NETLINK 16
#define NOT_SET 0xffff

/* Inode of an endpoint's network namespace -> endpoint. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u32);
} namespaces SEC(".maps");

/* The host's end of an endpoint's link -> endpoint. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u32);
} host_links SEC(".maps");

/* An endpoint's address, IPv4 as ::ffff:a.b.c.d -> endpoint. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u8[16]);
	__type(value, __u32);
} addresses SEC(".maps");

/*
 * skb->dev is something else while a socket's queue holds the packet (a part of a tree, a cached length): it
 * is a device only if what it says is its namespace has a loopback device that says the same. skb->sk may be
 * another family's socket, and after a veth still the sender's in another namespace: second choice.
 */
static __always_inline bool has_device(struct sk_buff *skb)
{
	struct net_device *device = skb->dev;
	struct net *net;

	if (!device)
		return false;
	net = device->nd_net.net;
	return net && net->loopback_dev && net->loopback_dev->nd_net.net == net;
}

static __always_inline __u32 namespace_of(struct sk_buff *skb, bool on_device)
{
	struct sock *socket = skb->sk;

	if (on_device)
		return skb->dev->nd_net.net->ns.inum;
	return socket ? socket->__sk_common.skc_net.net->ns.inum : 0;
}

static __always_inline bool is_network_packet(struct sk_buff *skb)
{
	struct sock *socket = skb->sk;
	__u16 family;

	if (skb->protocol == bpf_htons(ETH_P_IP) || skb->protocol == bpf_htons(ETH_P_IPV6))
		return true;
	family = socket ? socket->__sk_common.skc_family : 0;
	if (family == FAMILY_UNIX || family == FAMILY_NETLINK)
		return false; /* their messages are sk_buffs too */
	return skb->protocol && skb->dev;
}

static __always_inline bool lies_in(__u64 address, const volatile struct code_range *code)
{
	return address >= code->start && address < code->end;
}

/*
 * The interface the packet was received on. skb_iif is set when the packet enters the stack; one that dies on
 * its way there (a full backlog queue) has had its link-layer header taken off already, which a packet that is
 * being sent never has; a veth's XDP program gets it with the header put back.
 */
static __always_inline __u32 received_on(struct sk_buff *skb, bool on_device, __u64 location)
{
	__u32 data = skb->data - skb->head;

	if (skb->skb_iif)
		return skb->skb_iif;
	if (!on_device)
		return 0;
	if (lies_in(location, &drop_knobs.veth_xdp))
		return skb->dev->ifindex;
	return skb->mac_header != NOT_SET && skb->mac_header < data ? skb->dev->ifindex : 0;
}

static __always_inline __u32 network_header(struct sk_buff *skb)
{
	__u32 header = skb->network_header;

	return header && header != NOT_SET ? header : skb->data - skb->head;
}

static __always_inline __u32 *endpoint_at(struct sk_buff *skb, __u32 offset_v4, __u32 offset_v6)
{
	unsigned char *header = skb->head + network_header(skb);
	__u8 address[16] = {};
	long failed;

	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		address[10] = 0xff;
		address[11] = 0xff;
		failed = bpf_probe_read_kernel(address + 12, 4, header + offset_v4);
	} else if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		failed = bpf_probe_read_kernel(address, sizeof(address), header + offset_v6);
	} else {
		return NULL;
	}
	return failed ? NULL : bpf_map_lookup_elem(&addresses, address);
}

/* Returns false for a packet of a namespace that this agent does not watch. */
static __always_inline bool attribute(struct sk_buff *skb, __u64 location, struct drop_key *key)
{
	bool on_device = has_device(skb);
	__u32 inode = namespace_of(skb, on_device);
	__u32 from = received_on(skb, on_device, location);
	__u32 at = on_device ? skb->dev->ifindex : 0;
	__u32 *endpoint;

	endpoint = bpf_map_lookup_elem(&namespaces, &inode);
	if (endpoint) {
		key->endpoint = *endpoint;
		key->direction = from ? FOVEA_INGRESS : FOVEA_EGRESS;
		return true;
	}
	if (inode && inode != drop_knobs.host_namespace)
		return false;
	endpoint = bpf_map_lookup_elem(&host_links, &from);
	if (!endpoint)
		endpoint = endpoint_at(skb, 12, 8);
	if (endpoint) {
		key->endpoint = *endpoint;
		key->direction = FOVEA_EGRESS;
		return true;
	}
	endpoint = bpf_map_lookup_elem(&host_links, &at);
	if (!endpoint)
		endpoint = endpoint_at(skb, 16, 24);
	if (endpoint) {
		key->endpoint = *endpoint;
		key->direction = FOVEA_INGRESS;
		return true;
	}
	key->direction = from && from == at ? FOVEA_INGRESS : FOVEA_EGRESS;
	return true;
}

static __always_inline __u32 length_of(struct sk_buff *skb)
{
	__u32 data = skb->data - skb->head;

	return skb->len + data - network_header(skb);
}

#endif
