#include "fake.h"

#include <evntrace.h>
#include <evntcons.h>

FAKE_STATE

/* Steps: start, enable, open. A session of an agent that was killed is there at first. */

static const GUID dns = {
	0x1C95126E, 0x7EEA, 0x49A9, { 0xA3, 0xFE, 0xA3, 0x78, 0xB0, 0x3D, 0xDB, 0x4D }
};
static EVENT_TRACE_LOGFILEW log_file;
static int is_running = 1;
static HANDLE ended;

__declspec(dllexport) ULONG WINAPI
	StartTraceW(PTRACEHANDLE handle, LPCWSTR name, PEVENT_TRACE_PROPERTIES properties)
{
	if (wcscmp(name, L"fovea-test") != 0 ||
	    properties->Wnode.BufferSize < sizeof(*properties) + 2 * (wcslen(name) + 1) ||
	    properties->LoggerNameOffset != sizeof(*properties) ||
	    properties->LogFileMode != EVENT_TRACE_REAL_TIME_MODE)
		return ERROR_INVALID_PARAMETER;
	if (is_running)
		return ERROR_ALREADY_EXISTS;
	if (fails())
		return FAKE_ERROR;
	is_running = 1;
	open_handles++;
	ended = CreateEventW(NULL, TRUE, FALSE, NULL);
	*handle = 0x5E55;
	return 0;
}

__declspec(dllexport) ULONG WINAPI ControlTraceW(TRACEHANDLE handle, LPCWSTR name,
						 PEVENT_TRACE_PROPERTIES properties, ULONG code)
{
	if (code != EVENT_TRACE_CONTROL_STOP || !properties || (handle != 0x5E55 && !name))
		return ERROR_INVALID_PARAMETER;
	if (handle == 0x5E55) {
		open_handles--;
		SetEvent(ended);
	}
	is_running = 0;
	return 0;
}

__declspec(dllexport) ULONG WINAPI
	EnableTraceEx2(TRACEHANDLE handle, LPCGUID provider, ULONG code, UCHAR level, ULONGLONG any,
		       ULONGLONG all, ULONG timeout, PENABLE_TRACE_PARAMETERS parameters)
{
	(void)any;
	(void)all;
	(void)timeout;
	(void)parameters;
	if (handle != 0x5E55 || memcmp(provider, &dns, sizeof(dns)) != 0 ||
	    code != EVENT_CONTROL_CODE_ENABLE_PROVIDER || level < TRACE_LEVEL_INFORMATION)
		return ERROR_INVALID_PARAMETER;
	return fails() ? FAKE_ERROR : 0;
}

__declspec(dllexport) TRACEHANDLE WINAPI OpenTraceW(PEVENT_TRACE_LOGFILEW wanted)
{
	if (fails() || wcscmp(wanted->LoggerName, L"fovea-test") != 0 ||
	    wanted->ProcessTraceMode !=
		    (PROCESS_TRACE_MODE_REAL_TIME | PROCESS_TRACE_MODE_EVENT_RECORD)) {
		SetLastError(FAKE_ERROR);
		return (TRACEHANDLE)-1;
	}
	log_file = *wanted;
	open_handles++;
	return 0x7ACE;
}

static void hand_over(const GUID *provider, USHORT id, const wchar_t *name)
{
	EVENT_RECORD event = { 0 };

	event.EventHeader.ProviderId = *provider;
	event.EventHeader.EventDescriptor.Id = id;
	event.EventHeader.EventDescriptor.Version = 1;
	event.EventHeader.ProcessId = 4711;
	event.EventHeader.TimeStamp.QuadPart = 133000000000000000;
	event.UserData = (void *)name;
	event.UserDataLength = (USHORT)((wcslen(name) + 1) * 2);
	event.UserContext = log_file.Context;
	log_file.EventRecordCallback(&event);
}

/* Blocks until the session ends, as the real one does. */
__declspec(dllexport) ULONG WINAPI
	ProcessTrace(PTRACEHANDLE handles, ULONG count, LPFILETIME start, LPFILETIME end)
{
	static const GUID other = { 1, 2, 3, { 0 } };

	(void)start;
	(void)end;
	if (count != 1 || *handles != 0x7ACE)
		return ERROR_INVALID_PARAMETER;
	hand_over(&dns, 3006, L"example.com");
	hand_over(&other, 1, L"x");
	hand_over(&dns, 3008, L"example.org");
	for (int i = 0; i < 200; i++)
		hand_over(&dns, 3020, L"a name that fills what room there is");
	SetEvent((HANDLE)OpenEventW(EVENT_MODIFY_STATE, FALSE, L"fovea-test-sent"));
	WaitForSingleObject(ended, INFINITE);
	return 0;
}

__declspec(dllexport) ULONG WINAPI CloseTrace(TRACEHANDLE handle)
{
	open_handles -= handle == 0x7ACE;
	return 0;
}
