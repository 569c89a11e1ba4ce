/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Orders the stores that publish a flow slot to a reader on another CPU. x86 never reorders stores, so
 * there the compiler is all that has to be held back. Elsewhere an atomic that returns a value is a full
 * barrier; it needs Linux 5.12, which is why those machines do.
 */
#ifndef FOVEA_BARRIER_H
#define FOVEA_BARRIER_H

#if defined(__TARGET_ARCH_x86)
#define publish_barrier() __asm__ __volatile__("" ::: "memory")
#else
#define publish_barrier()                                 \
	do {                                              \
		__u64 word = 0;                           \
		(void)__sync_lock_test_and_set(&word, 1); \
	} while (0)
#endif

#endif
