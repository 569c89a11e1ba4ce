#include "inbox.h"

#include <string.h>

/* Elsewhere than on Windows nothing calls back, and so there is nobody to be kept out. */
static void lock(struct fovea_inbox *inbox)
{
#ifdef _WIN32
	AcquireSRWLockExclusive(&inbox->lock);
#else
	(void)inbox;
#endif
}

static void unlock(struct fovea_inbox *inbox)
{
#ifdef _WIN32
	ReleaseSRWLockExclusive(&inbox->lock);
#else
	(void)inbox;
#endif
}

void fovea_inbox_add(struct fovea_inbox *inbox, uint8_t *head, size_t head_size, size_t lost_place,
		     const void *data, size_t size)
{
	struct fovea_bytes *records = &inbox->records;
	size_t before;
	uint32_t lost;

	lock(inbox);
	before = records->count;
	memcpy(&lost, head + lost_place, sizeof(lost));
	lost += inbox->lost;
	memcpy(head + lost_place, &lost, sizeof(lost));
	if (head_size + size > inbox->capacity - before ||
	    FAILED(fovea_bytes_add(records, head, head_size)) ||
	    FAILED(fovea_bytes_add(records, data, size))) {
		records->count = before;
		inbox->lost++;
	} else {
		inbox->lost = 0;
	}
	unlock(inbox);
}

fovea_hresult fovea_inbox_take(struct fovea_inbox *inbox, struct fovea_bytes *records)
{
	fovea_hresult result;

	lock(inbox);
	result = fovea_bytes_add(records, inbox->records.data, inbox->records.count);
	if (SUCCEEDED(result))
		inbox->records.count = 0;
	unlock(inbox);
	return result;
}
