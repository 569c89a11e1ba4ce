#include "exports.h"
#include "sdk/perf.h"

#include <stdlib.h>

FOVEA_EXPORT("pdh.dll", PdhOpenQueryW)
FOVEA_EXPORT("pdh.dll", PdhAddEnglishCounterW)
FOVEA_EXPORT("pdh.dll", PdhCollectQueryData)
FOVEA_EXPORT("pdh.dll", PdhGetRawCounterValue)
FOVEA_EXPORT("pdh.dll", PdhGetRawCounterArrayW)
FOVEA_EXPORT("pdh.dll", PdhCloseQuery)

/* Instances that come faster than they can be read are given up after this many rounds. */
#define ROUNDS 8

/* Of differing signedness in different headers. */
static const PDH_STATUS more_data = (PDH_STATUS)PDH_MORE_DATA;

struct counter {
	PDH_HCOUNTER handle;
	/* Of adding it. */
	PDH_STATUS status;
	int has_instances;
};

struct fovea_perf {
	PDH_HQUERY query;
	__typeof__(&PdhCollectQueryData) collect;
	__typeof__(&PdhGetRawCounterValue) get_value;
	__typeof__(&PdhGetRawCounterArrayW) get_array;
	__typeof__(&PdhCloseQuery) close;
	size_t count;
	struct counter counters[];
};

static size_t length_of(const WCHAR *text)
{
	size_t length = 0;

	while (text[length])
		length++;
	return length;
}

static int has_star(const fovea_wchar *path)
{
	for (; *path; path++)
		if (*path == '*')
			return 1;
	return 0;
}

fovea_hresult fovea_perf_open(const fovea_wchar *paths, size_t count, struct fovea_perf **perf)
{
	HRESULT result;
	__typeof__(&PdhOpenQueryW) open = find_PdhOpenQueryW(&result);
	__typeof__(&PdhAddEnglishCounterW) add;
	struct fovea_perf *new;

	*perf = NULL;
	if (!open)
		return result;
	add = find_PdhAddEnglishCounterW(&result);
	if (!add)
		return result;
	new = calloc(1, sizeof(*new) + count * sizeof(new->counters[0]));
	if (!new)
		return E_OUTOFMEMORY;
	new->collect = find_PdhCollectQueryData(&result);
	if (new->collect)
		new->get_value = find_PdhGetRawCounterValue(&result);
	if (new->get_value)
		new->get_array = find_PdhGetRawCounterArrayW(&result);
	if (new->get_array)
		new->close = find_PdhCloseQuery(&result);
	if (new->close) {
		PDH_STATUS status = open(NULL, 0, &new->query);

		/* Errors of winerror.h are small numbers here, PDH's own are HRESULTs. */
		result = status > 0 ? fovea_of_win32((DWORD)status) : status;
	}
	if (FAILED(result)) {
		free(new);
		return result;
	}
	new->count = count;
	for (size_t i = 0; i < count; i++) {
		struct counter *counter = &new->counters[i];

		counter->has_instances = has_star(paths);
		counter->status = add(new->query, (LPCWSTR)paths, 0, &counter->handle);
		while (*paths++)
			;
	}
	*perf = new;
	return S_OK;
}

static HRESULT add_row(struct fovea_bytes *rows, size_t place, DWORD status, LONGLONG value,
		       const WCHAR *name)
{
	uint32_t length = name ? (uint32_t)length_of(name) : 0;
	uint32_t head[2] = { (uint32_t)place, (uint32_t)status };
	HRESULT result = fovea_bytes_add(rows, head, sizeof(head));

	if (SUCCEEDED(result))
		result = fovea_bytes_add(rows, &value, sizeof(value));
	if (SUCCEEDED(result))
		result = fovea_bytes_add(rows, &length, sizeof(length));
	if (SUCCEEDED(result))
		result = fovea_bytes_add(rows, name, length * sizeof(*name));
	return result;
}

static int is_valid(DWORD status)
{
	return status == PDH_CSTATUS_VALID_DATA || status == PDH_CSTATUS_NEW_DATA;
}

/* A row for each instance. */
static HRESULT add_instances(struct fovea_perf *perf, size_t place, struct fovea_bytes *rows)
{
	PDH_RAW_COUNTER_ITEM_W *items = NULL;
	DWORD size = 0, count = 0;
	PDH_STATUS status = more_data;
	HRESULT result = S_OK;

	for (int round = 0; round < ROUNDS && status == more_data; round++) {
		status = perf->get_array(perf->counters[place].handle, &size, &count, items);
		if (status != more_data)
			break;
		free(items);
		size += size / 4 + 256;
		items = malloc(size);
		if (!items)
			return E_OUTOFMEMORY;
	}
	if (status != 0)
		result = add_row(rows, place, (DWORD)status, 0, NULL);
	for (DWORD i = 0; status == 0 && items && i < count && SUCCEEDED(result); i++) {
		const PDH_RAW_COUNTER_ITEM_W *item = &items[i];
		DWORD of_item = is_valid(item->RawValue.CStatus) ? 0 : item->RawValue.CStatus;

		result = add_row(rows, place, of_item, item->RawValue.FirstValue, item->szName);
	}
	free(items);
	return result;
}

fovea_hresult fovea_perf_read(struct fovea_perf *perf, struct fovea_bytes *rows)
{
	PDH_STATUS collected = perf->collect(perf->query);
	HRESULT result = S_OK;

	for (size_t i = 0; i < perf->count && SUCCEEDED(result); i++) {
		PDH_STATUS status = perf->counters[i].status ? perf->counters[i].status : collected;
		PDH_RAW_COUNTER value = { 0 };

		if (status != 0) {
			result = add_row(rows, i, (DWORD)status, 0, NULL);
		} else if (perf->counters[i].has_instances) {
			result = add_instances(perf, i, rows);
		} else {
			status = perf->get_value(perf->counters[i].handle, NULL, &value);
			if (status == 0 && !is_valid(value.CStatus))
				status = (PDH_STATUS)value.CStatus;
			result = add_row(rows, i, (DWORD)status, value.FirstValue, NULL);
		}
	}
	return result;
}

void fovea_perf_close(struct fovea_perf *perf)
{
	perf->close(perf->query);
	free(perf);
}
