/*
 * Performance Data Helper, pdh.dll.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/pdh/
 */
#ifndef FOVEA_SDK_PERF_H
#define FOVEA_SDK_PERF_H

#include "base.h"

#ifdef _WIN32

#include <pdh.h>
#include <pdhmsg.h>

#else

typedef LONG PDH_STATUS;
typedef HANDLE PDH_HQUERY, PDH_HCOUNTER;

#define PDH_MORE_DATA ((PDH_STATUS)0x800007D2)
#define PDH_CSTATUS_VALID_DATA 0
#define PDH_CSTATUS_NEW_DATA 1

typedef struct _PDH_RAW_COUNTER {
	DWORD CStatus;
	FILETIME TimeStamp;
	LONGLONG FirstValue, SecondValue;
	DWORD MultiCount;
} PDH_RAW_COUNTER, *PPDH_RAW_COUNTER;

typedef struct _PDH_RAW_COUNTER_ITEM_W {
	LPWSTR szName;
	PDH_RAW_COUNTER RawValue;
} PDH_RAW_COUNTER_ITEM_W, *PPDH_RAW_COUNTER_ITEM_W;

#endif

#ifdef FOVEA_DECLARE_SDK

PDH_STATUS WINAPI PdhOpenQueryW(LPCWSTR szDataSource, DWORD_PTR dwUserData, PDH_HQUERY *phQuery);
PDH_STATUS WINAPI PdhAddEnglishCounterW(PDH_HQUERY hQuery, LPCWSTR szFullCounterPath,
					DWORD_PTR dwUserData, PDH_HCOUNTER *phCounter);
PDH_STATUS WINAPI PdhCollectQueryData(PDH_HQUERY hQuery);
PDH_STATUS WINAPI PdhGetRawCounterValue(PDH_HCOUNTER hCounter, LPDWORD lpdwType,
					PPDH_RAW_COUNTER pValue);
PDH_STATUS WINAPI PdhGetRawCounterArrayW(PDH_HCOUNTER hCounter, LPDWORD lpdwBufferSize,
					 LPDWORD lpdwItemCount, PPDH_RAW_COUNTER_ITEM_W ItemBuffer);
PDH_STATUS WINAPI PdhCloseQuery(PDH_HQUERY hQuery);

#endif
#endif
