/* libmnl, and the kernel headers whose numbers rtnetlink messages are made of. */
#pragma once
#include <libmnl/libmnl.h>
#include <linux/gen_stats.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
