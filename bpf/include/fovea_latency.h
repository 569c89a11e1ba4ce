/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Latencies as every program keeps them: counted by bounds that the agent sets. */
#ifndef FOVEA_LATENCY_H
#define FOVEA_LATENCY_H

#include <linux/types.h>

enum {
	FOVEA_LATENCY_BOUNDS = 77,
	FOVEA_LATENCY_PLACES = FOVEA_LATENCY_BOUNDS + 1,
};

/* Shared by all CPUs, added to atomically. */
struct latency_histogram {
	__u64 nanoseconds;
	__u64 counts[FOVEA_LATENCY_PLACES]; /* by bound; the last is above all of them */
};

_Static_assert(sizeof(struct latency_histogram) == 632,
	       "struct latency_histogram has another size");

#endif
