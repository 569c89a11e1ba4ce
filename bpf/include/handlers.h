/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs of other objects that the packet program calls, and what it tells them: maps that both hold. */
#ifndef FOVEA_HANDLERS_H
#define FOVEA_HANDLERS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "fovea_abi.h"

/* A call of a program that is not there does nothing. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, FOVEA_HANDLERS);
	__type(key, __u32);
	__type(value, __u32);
} handlers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct packet_handoff);
} handoff SEC(".maps");

#endif
