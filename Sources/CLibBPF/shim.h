/* libbpf, and the numbers that its headers on older systems do not have yet. */
#pragma once
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

enum {
    FOVEA_TCX_INGRESS = 46, /* BPF_TCX_INGRESS, Linux 6.6 */
    FOVEA_TCX_EGRESS = 47,
    FOVEA_LINK_BEFORE = 1 << 3, /* BPF_F_BEFORE: in front of what others attached */
};

/* Macros of linux/btf.h that Swift does not import. */
static inline unsigned int fovea_btf_vlen(const struct btf_type *type) { return btf_vlen(type); }
static inline const struct btf_enum *fovea_btf_enum(const struct btf_type *type) { return btf_enum(type); }
