/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Adds a latency to a histogram. The search for its place has no branch, so that the verifier has one way to
 * follow and not 78, and its indices can be seen to stay within the bounds.
 */
#ifndef FOVEA_ADD_LATENCY_H
#define FOVEA_ADD_LATENCY_H

#include "fovea_latency.h"

/* `bounds` are nanoseconds, inclusive, ascending; all are far below 2^63. */
static __always_inline __u64 latency_place(const volatile __u64 *bounds, __u64 taken)
{
	__u64 place = 0, below;

#pragma unroll
	for (__u32 left = FOVEA_LATENCY_BOUNDS, half; left; left -= half) {
		half = (left + 1) / 2;
		below = (bounds[place + half - 1] - taken) >> 63;
		barrier_var(below);
		place += below * half;
	}
	return place;
}

static __always_inline void add_latency(struct latency_histogram *histogram,
					const volatile __u64 *bounds, __u64 taken)
{
	__u64 place = latency_place(bounds, taken);

	__atomic_fetch_add(&histogram->counts[place], 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&histogram->nanoseconds, taken, __ATOMIC_RELAXED);
}

#endif
