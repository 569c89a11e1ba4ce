#include "fake.h"

#include <pdh.h>
#include <pdhmsg.h>

FAKE_STATE

/* Steps: open, collect. */

static int query;
static const wchar_t *paths[8];
static int count;
static int asked;

EXPORT PDH_STATUS WINAPI PdhOpenQueryW(LPCWSTR source, DWORD_PTR data, PDH_HQUERY *handle)
{
	if (source || data)
		return ERROR_INVALID_PARAMETER;
	if (fails())
		return ERROR_ACCESS_DENIED;
	open_handles++;
	count = 0;
	asked = 0;
	*handle = &query;
	return ERROR_SUCCESS;
}

EXPORT PDH_STATUS WINAPI PdhAddEnglishCounterW(PDH_HQUERY handle, LPCWSTR path, DWORD_PTR data,
					       PDH_HCOUNTER *counter)
{
	(void)data;
	if (handle != &query)
		return (PDH_STATUS)PDH_INVALID_HANDLE;
	if (wcsstr(path, L"Missing"))
		return (PDH_STATUS)PDH_CSTATUS_NO_COUNTER;
	paths[count] = _wcsdup(path);
	*counter = &paths[count++];
	return ERROR_SUCCESS;
}

EXPORT PDH_STATUS WINAPI PdhCollectQueryData(PDH_HQUERY handle)
{
	if (handle != &query)
		return (PDH_STATUS)PDH_INVALID_HANDLE;
	return fails() ? (PDH_STATUS)PDH_NO_DATA : ERROR_SUCCESS;
}

EXPORT PDH_STATUS WINAPI PdhGetRawCounterValue(PDH_HCOUNTER counter, LPDWORD type,
					       PPDH_RAW_COUNTER value)
{
	(void)counter;
	(void)type;
	memset(value, 0, sizeof(*value));
	value->FirstValue = 0x0123456789ABCDEF;
	return ERROR_SUCCESS;
}

/* Grows by an instance after it was first asked how much room it needs. */
EXPORT PDH_STATUS WINAPI PdhGetRawCounterArrayW(PDH_HCOUNTER counter, LPDWORD size, LPDWORD items,
						PPDH_RAW_COUNTER_ITEM_W item)
{
	static wchar_t *names[] = { L"Ethernet é", L"vEthernet (nat)", L"" };
	DWORD here = asked++ ? 3 : 2, needed = here * sizeof(*item);

	(void)counter;
	for (DWORD i = 0; i < here; i++)
		needed += (DWORD)(wcslen(names[i]) + 1) * 2;
	if (!item || *size < needed) {
		*size = needed;
		return (PDH_STATUS)PDH_MORE_DATA;
	}
	*items = here;
	for (DWORD i = 0; i < here; i++) {
		memset(&item[i], 0, sizeof(*item));
		item[i].szName = names[i];
		item[i].RawValue.CStatus = i == 1 ? PDH_CSTATUS_INVALID_DATA : PDH_CSTATUS_NEW_DATA;
		item[i].RawValue.FirstValue = 10 + i;
	}
	return ERROR_SUCCESS;
}

EXPORT PDH_STATUS WINAPI PdhCloseQuery(PDH_HQUERY handle)
{
	open_handles -= handle == &query;
	while (count)
		free((void *)paths[--count]);
	return ERROR_SUCCESS;
}
