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
#include "fovea_drops.h"
#include "kernel_types.h"

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

#include "drop_owner.h"
#include "drop_hooks.h"
#include "drop_flows.h"

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
