/* What Swift's Glibc module leaves out. */
#pragma once
#include <linux/ethtool.h>
#include <linux/sched.h>
#include <linux/sockios.h>
#include <malloc.h>
#include <sys/vfs.h>

/* sched.h has it for _GNU_SOURCE only, which modules are built without. */
int setns(int descriptor, int kind);
