/*
 * Where a callback of Windows leaves records, and another thread takes them from. Bounded: what does not fit
 * is counted and told with the next record that does.
 */
#ifndef FOVEA_INBOX_H
#define FOVEA_INBOX_H

#include "exports.h"

struct fovea_inbox {
#ifdef _WIN32
	SRWLOCK lock;
#endif
	struct fovea_bytes records;
	size_t capacity;
	uint32_t lost;
};

/* `lost_place` is where in `head` the 32-bit number of lost records is added to. */
void fovea_inbox_add(struct fovea_inbox *inbox, uint8_t *head, size_t head_size, size_t lost_place,
		     const void *data, size_t size);

/* Appends everything to `records`; what does not fit in memory stays for the next time. */
fovea_hresult fovea_inbox_take(struct fovea_inbox *inbox, struct fovea_bytes *records);

#endif
