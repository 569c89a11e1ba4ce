/* What Swift's Glibc module leaves out. */
#pragma once
#include <linux/ethtool.h>
#include <linux/sched.h>
#include <linux/sockios.h>
#include <malloc.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <sys/vfs.h>

/* sched.h has it for _GNU_SOURCE only, which modules are built without. */
int setns(int descriptor, int kind);

/* Swift finds socket.h's enumeration in whichever module it happened to read first, which need not be one that
 * the file at hand imports. These have one owner. */
enum {
	fovea_stream = SOCK_STREAM,
	fovea_datagram = SOCK_DGRAM,
	fovea_close_on_exec = SOCK_CLOEXEC,
	fovea_nonblocking = SOCK_NONBLOCK,
};
