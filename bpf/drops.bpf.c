// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts every packet the kernel throws away, by reason, endpoint and direction.
 *
 * Hook: tp_btf/kfree_skb, which fires for packets that die and not for those that are consumed; no other
 * hook knows the reason (Linux 5.17) and the place. Only dropped packets pay.
 * Whose: the network namespace the packet is in, when that is an endpoint's own; otherwise the interface it
 * came from or the endpoint whose address it has as source (it left that endpoint), otherwise the interface
 * it was going to or the endpoint it was addressed to; otherwise the node.
 * Netfilter: all hooks drop in one function, so the stack is walked to who called it: that names the hook.
 * Filters: what netfilter and programs dropped of endpoints is kept by flow as well, where policies are asked about.
 * Cost: 0.2 us a drop; with the stack, which so many a second get, 3 us.
 * Full map: the drop is still counted, without its details.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_endian.h>
#include "drop_flows.h"
#include "fovea_drops.h"
#include "kernel_types.h"

#define FAMILY_UNIX 1
#define FAMILY_NETLINK 16
#define NOT_SET 0xffff
#define STACK_FRAMES 16
/* Frames there may be between where a packet is freed and nf_hook_slow: nft_do_chain and its callers. */
#define HOOK_FRAMES 5

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

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct netfilter_key);
	__type(value, __u64);
} netfilter_drops SEC(".maps");

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

/* Two maps taken in turn: user space drains the one that is not in drop_flows_active. */
struct drop_flow_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct drop_flow_key);
	__type(value, struct drop_totals);
};

struct drop_flow_map drop_flows_a SEC(".maps");
struct drop_flow_map drop_flows_b SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct drop_flow_map);
} drop_flows_active SEC(".maps") = {
	.values = { [0] = (void *)&drop_flows_a },
};

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

/* A walk costs microseconds, and rules drop floods: only so many in a while, the others go without detail. */
static __always_inline bool may_walk(struct drop_stats *stats)
{
	__u64 window = bpf_jiffies64() >> FOVEA_WALK_WINDOW_SHIFT;

	if (stats->window != window) {
		stats->window = window;
		stats->walks = 0;
	}
	return stats->walks++ < drop_knobs.walks;
}

/* Where the packet died is on the stack, and a few frames above it nf_hook_slow and who called that. */
static __always_inline __u64 hook_caller(void *context, __u64 location)
{
	__u64 frames[STACK_FRAMES] = {};
	bool in_hook = false;
	int left = 0;

	if (!drop_knobs.hook.end || bpf_get_stack(context, frames, sizeof(frames), 0) < 0)
		return 0;
	for (int i = 0; i < STACK_FRAMES; i++) {
		if (!left && frames[i] == location)
			left = HOOK_FRAMES;
		if (!left)
			continue;
		if (lies_in(frames[i], &drop_knobs.hook) ||
		    lies_in(frames[i], &drop_knobs.hook_list))
			in_hook = true;
		else if (in_hook)
			return frames[i];
		else if (lies_in(frames[i], &drop_knobs.bridge))
			return frames[i];
		if (!--left)
			break;
	}
	return 0;
}

static __always_inline void count_netfilter(void *context, const struct drop_key *drop,
					    __u64 location)
{
	struct netfilter_key key = {};
	__u64 *packets, first = 0;
	struct drop_stats *stats;
	__u32 zero = 0;

	stats = bpf_map_lookup_elem(&drop_losses, &zero);
	if (!stats)
		return;
	if (!may_walk(stats)) {
		__atomic_fetch_add(&stats->lost_hooks, 1, __ATOMIC_RELAXED);
		return;
	}
	key.caller = hook_caller(context, location);
	key.endpoint = drop->endpoint;
	key.direction = drop->direction;
	packets = bpf_map_lookup_elem(&netfilter_drops, &key);
	if (!packets) {
		bpf_map_update_elem(&netfilter_drops, &key, &first, BPF_NOEXIST);
		packets = bpf_map_lookup_elem(&netfilter_drops, &key);
	}
	__atomic_fetch_add(packets ? packets : &stats->lost_hooks, 1, __ATOMIC_RELAXED);
}

/* Its place in drop_knobs.filters + 1; 0 for what is no filter's. */
static __always_inline __u8 filter_of(__u32 reason)
{
	for (int i = 0; i < FOVEA_FILTER_REASONS; i++)
		if (drop_knobs.filters[i] && drop_knobs.filters[i] == reason)
			return i + 1;
	return 0;
}

static __always_inline void count_flow(struct sk_buff *skb, const struct drop_key *drop,
				       __u8 filter, __u32 bytes)
{
	struct drop_totals *totals, first = {};
	struct drop_flow_key flow = {};
	__u32 zero = 0;
	void *map = bpf_map_lookup_elem(&drop_flows_active, &zero);

	flow.endpoint = drop->endpoint;
	flow.direction = drop->direction;
	flow.filter = filter;
	if (map && read_flow(skb->head + network_header(skb),
			     skb->protocol == bpf_htons(ETH_P_IPV6), &flow)) {
		totals = bpf_map_lookup_elem(map, &flow);
		if (!totals) {
			bpf_map_update_elem(map, &flow, &first, BPF_NOEXIST);
			totals = bpf_map_lookup_elem(map, &flow);
		}
		if (totals) {
			__atomic_fetch_add(&totals->packets, 1, __ATOMIC_RELAXED);
			__atomic_fetch_add(&totals->bytes, bytes, __ATOMIC_RELAXED);
			return;
		}
	}
	struct drop_stats *lost = bpf_map_lookup_elem(&drop_losses, &zero);

	if (lost)
		__atomic_fetch_add(&lost->lost_flows, 1, __ATOMIC_RELAXED);
}

SEC("tp_btf/kfree_skb")
int fovea_drop(__u64 *arguments)
{
	struct sk_buff *skb = (struct sk_buff *)arguments[0];
	struct drop_totals *totals, first = {};
	struct drop_key key = {};
	bool netfilter;
	__u8 filter;
	__u32 bytes;

	if (!is_network_packet(skb) || !attribute(skb, arguments[1], &key))
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
	netfilter = drop_knobs.has_reason ? key.reason == drop_knobs.netfilter_drop
					  : lies_in(arguments[1], &drop_knobs.hook);
	if (netfilter)
		count_netfilter(arguments, &key, arguments[1]);
	if (!drop_knobs.flows || !key.endpoint)
		return 0;
	filter = netfilter ? 0 : filter_of(key.reason);
	if (netfilter || filter)
		count_flow(skb, &key, filter, bytes);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
