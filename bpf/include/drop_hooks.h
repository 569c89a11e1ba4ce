/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which of netfilter's hooks dropped a packet: all of them do so in one function, so the stack tells who called it.
 */
#ifndef FOVEA_DROP_HOOKS_H
#define FOVEA_DROP_HOOKS_H

#include "drop_owner.h"

#define STACK_FRAMES 16
/* Frames there may be between where a packet is freed and nf_hook_slow: nft_do_chain and its callers. */
#define HOOK_FRAMES 5

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct netfilter_key);
	__type(value, __u64);
} netfilter_drops SEC(".maps");

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

#endif
