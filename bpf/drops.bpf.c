// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts every packet the kernel throws away, by reason, endpoint and direction.
 *
 * Hook: tp_btf/kfree_skb, which fires for packets that die and not for those that are consumed; no other
 * hook knows the reason (Linux 5.17) and the place. Cost: only dropped packets pay.
 * Whose: the network namespace the packet is in, when that is an endpoint's own; otherwise the interface
 * it came from (it left that endpoint), otherwise the interface it was going to; otherwise the node.
 * Full map: the drop is still counted, without its details.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_endian.h>
#include "fovea_abi.h"
#include "kernel_types.h"

#define FAMILY_INET 2
#define FAMILY_INET6 10

const volatile struct drop_knobs drop_knobs;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct drop_key);
	__type(value, struct drop_totals);
} drops SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct drop_stats);
} drop_losses SEC(".maps");

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

/* skb->sk may be another family's socket, and skb->dev something else while a socket holds the packet. */
static __always_inline __u32 namespace_of(struct sk_buff *skb)
{
	struct net_device *device = skb->dev;
	struct sock *socket = skb->sk;
	__u32 inode = 0;

	if (device)
		inode = device->nd_net.net->ns.inum;
	if (!inode && socket)
		inode = socket->__sk_common.skc_net.net->ns.inum;
	return inode;
}

static __always_inline bool is_network_packet(struct sk_buff *skb)
{
	struct sock *socket = skb->sk;

	if (skb->protocol == bpf_htons(ETH_P_IP) || skb->protocol == bpf_htons(ETH_P_IPV6))
		return true;
	if (socket && socket->__sk_common.skc_family != FAMILY_INET &&
	    socket->__sk_common.skc_family != FAMILY_INET6)
		return false; /* a unix or netlink message is an sk_buff too */
	return skb->protocol && skb->dev;
}

/* Returns false for a packet of a namespace that this agent does not watch. */
static __always_inline bool attribute(struct sk_buff *skb, struct drop_key *key)
{
	__u32 inode = namespace_of(skb);
	__u32 ifindex = 0, received_on = skb->skb_iif;
	__u32 *endpoint;

	endpoint = bpf_map_lookup_elem(&namespaces, &inode);
	if (endpoint) {
		key->endpoint = *endpoint;
		key->direction = received_on ? FOVEA_INGRESS : FOVEA_EGRESS;
		return true;
	}
	if (inode && inode != drop_knobs.host_namespace)
		return false;
	endpoint = bpf_map_lookup_elem(&host_links, &received_on);
	if (endpoint) {
		key->endpoint = *endpoint;
		key->direction = FOVEA_EGRESS;
		return true;
	}
	if (skb->dev)
		ifindex = skb->dev->ifindex;
	endpoint = bpf_map_lookup_elem(&host_links, &ifindex);
	if (endpoint) {
		key->endpoint = *endpoint;
		key->direction = FOVEA_INGRESS;
		return true;
	}
	key->direction = received_on && received_on == ifindex ? FOVEA_INGRESS : FOVEA_EGRESS;
	return true;
}

static __always_inline __u32 length_of(struct sk_buff *skb)
{
	__u32 data = skb->data - skb->head;
	__u32 header = skb->network_header;

	if (!header || header == 0xffff)
		return skb->len;
	return skb->len + data - header;
}

SEC("tp_btf/kfree_skb")
int fovea_drop(__u64 *arguments)
{
	struct sk_buff *skb = (struct sk_buff *)arguments[0];
	struct drop_totals *totals, first = {};
	struct drop_key key = {};
	__u32 bytes;

	if (!is_network_packet(skb) || !attribute(skb, &key))
		return 0;
	if (drop_knobs.has_reason)
		key.reason = arguments[2];
	if (!drop_knobs.has_reason || key.reason == drop_knobs.not_specified)
		key.location = arguments[1];
	bytes = length_of(skb);

	totals = bpf_map_lookup_elem(&drops, &key);
	if (!totals) {
		bpf_map_update_elem(&drops, &key, &first, BPF_NOEXIST);
		totals = bpf_map_lookup_elem(&drops, &key);
	}
	if (totals) {
		/* A softirq may drop a packet in the middle of this one. */
		__atomic_fetch_add(&totals->packets, 1, __ATOMIC_RELAXED);
		__atomic_fetch_add(&totals->bytes, bytes, __ATOMIC_RELAXED);
	} else {
		__u32 zero = 0;
		struct drop_stats *lost = bpf_map_lookup_elem(&drop_losses, &zero);

		if (lost) {
			__atomic_fetch_add(&lost->lost_packets, 1, __ATOMIC_RELAXED);
			__atomic_fetch_add(&lost->lost_bytes, bytes, __ATOMIC_RELAXED);
		}
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
