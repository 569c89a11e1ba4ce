#include "inbox.h"
#include "sdk/etw.h"

#include <stdlib.h>
#include <string.h>

/* A test may have a DLL of its own. */
#ifndef FOVEA_ETW_DLL
#define FOVEA_ETW_DLL "advapi32.dll"
#endif

FOVEA_EXPORT(FOVEA_ETW_DLL, StartTraceW)
FOVEA_EXPORT(FOVEA_ETW_DLL, ControlTraceW)
FOVEA_EXPORT(FOVEA_ETW_DLL, EnableTraceEx2)
FOVEA_EXPORT(FOVEA_ETW_DLL, OpenTraceW)
FOVEA_EXPORT(FOVEA_ETW_DLL, ProcessTrace)
FOVEA_EXPORT(FOVEA_ETW_DLL, CloseTrace)

#define ALREADY_EXISTS 183
#define NAME_LIMIT 128
#define BUFFER_KIB 64
#define BUFFERS 4

struct functions {
	__typeof__(&StartTraceW) start;
	__typeof__(&ControlTraceW) control;
	__typeof__(&EnableTraceEx2) enable;
	__typeof__(&OpenTraceW) open;
	__typeof__(&ProcessTrace) process;
	__typeof__(&CloseTrace) close;
};

struct fovea_events {
	struct functions call;
	TRACEHANDLE session, trace;
	HANDLE reader;
	GUID provider;
	WCHAR name[NAME_LIMIT];
	struct fovea_inbox inbox;
};

/* What Windows writes the session's state to; the name is put behind it. */
struct properties {
	EVENT_TRACE_PROPERTIES of_session;
	WCHAR name[NAME_LIMIT];
};

static void prepare(struct properties *properties)
{
	memset(properties, 0, sizeof(*properties));
	properties->of_session.Wnode.BufferSize = sizeof(*properties);
	properties->of_session.Wnode.Flags = WNODE_FLAG_TRACED_GUID;
	/* Time stamps are FILETIMEs. */
	properties->of_session.Wnode.ClientContext = 2;
	properties->of_session.BufferSize = BUFFER_KIB;
	properties->of_session.MinimumBuffers = BUFFERS;
	properties->of_session.MaximumBuffers = 2 * BUFFERS;
	properties->of_session.LogFileMode = EVENT_TRACE_REAL_TIME_MODE;
	properties->of_session.FlushTimer = 1;
	properties->of_session.LoggerNameOffset = offsetof(struct properties, name);
}

static HRESULT find(struct functions *call)
{
	HRESULT result;

	if (!(call->start = find_StartTraceW(&result)) ||
	    !(call->control = find_ControlTraceW(&result)) ||
	    !(call->enable = find_EnableTraceEx2(&result)) ||
	    !(call->open = find_OpenTraceW(&result)) ||
	    !(call->process = find_ProcessTrace(&result)) ||
	    !(call->close = find_CloseTrace(&result)))
		return result;
	return S_OK;
}

/* Runs on the reading thread. */
static VOID WINAPI take_event(PEVENT_RECORD event)
{
	struct fovea_events *events = event->UserContext;
	const EVENT_HEADER *header = &event->EventHeader;
	struct {
		uint64_t time;
		uint32_t process;
		uint16_t id;
		uint8_t version, zero;
		uint32_t length, lost;
	} head = { 0 };

	_Static_assert(sizeof(head) == 24, "as EventTransport has it");
	if (memcmp(&header->ProviderId, &events->provider, sizeof(GUID)) != 0)
		return;
	head.time = (uint64_t)header->TimeStamp.QuadPart;
	head.process = header->ProcessId;
	head.id = header->EventDescriptor.Id;
	head.version = header->EventDescriptor.Version;
	head.length = event->UserDataLength;
	fovea_inbox_add(&events->inbox, (uint8_t *)&head, sizeof(head), 20, event->UserData,
			event->UserDataLength);
}

#ifdef _WIN32

static DWORD WINAPI read_events(void *context)
{
	struct fovea_events *events = context;

	events->call.process(&events->trace, 1, NULL, NULL);
	return 0;
}

static HRESULT start_reader(struct fovea_events *events)
{
	events->reader = CreateThread(NULL, 0, read_events, events, 0, NULL);
	return events->reader ? S_OK : HRESULT_FROM_WIN32(GetLastError());
}

static void join_reader(struct fovea_events *events)
{
	WaitForSingleObject(events->reader, INFINITE);
	CloseHandle(events->reader);
}

#else

static HRESULT start_reader(struct fovea_events *events)
{
	(void)events;
	return E_NOTIMPL;
}

static void join_reader(struct fovea_events *events)
{
	(void)events;
}

#endif

static HRESULT start_session(struct fovea_events *events)
{
	struct properties properties;
	ULONG error;

	prepare(&properties);
	error = events->call.start(&events->session, events->name, &properties.of_session);
	if (error == ALREADY_EXISTS) {
		prepare(&properties);
		events->call.control(0, events->name, &properties.of_session,
				     EVENT_TRACE_CONTROL_STOP);
		prepare(&properties);
		error = events->call.start(&events->session, events->name, &properties.of_session);
	}
	if (error)
		events->session = 0;
	return fovea_of_win32(error);
}

static HRESULT begin(struct fovea_events *events)
{
	EVENT_TRACE_LOGFILEW log = { 0 };
	HRESULT result = start_session(events);

	if (SUCCEEDED(result))
		result = fovea_of_win32(events->call.enable(
			events->session, &events->provider, EVENT_CONTROL_CODE_ENABLE_PROVIDER,
			TRACE_LEVEL_INFORMATION, 0, 0, 0, NULL));
	if (FAILED(result))
		return result;
	log.LoggerName = events->name;
	log.ProcessTraceMode = PROCESS_TRACE_MODE_REAL_TIME | PROCESS_TRACE_MODE_EVENT_RECORD;
	log.EventRecordCallback = take_event;
	log.Context = events;
	events->trace = events->call.open(&log);
	if (events->trace == INVALID_PROCESSTRACE_HANDLE) {
#ifdef _WIN32
		return HRESULT_FROM_WIN32(GetLastError());
#else
		return E_NOTIMPL;
#endif
	}
	return start_reader(events);
}

fovea_hresult fovea_events_open(const char *provider, const fovea_wchar *session, size_t capacity,
				struct fovea_events **events)
{
	struct fovea_events *new = calloc(1, sizeof(*new));
	HRESULT result = S_OK;

	*events = NULL;
	if (!new)
		return E_OUTOFMEMORY;
	new->trace = INVALID_PROCESSTRACE_HANDLE;
	new->inbox.capacity = capacity;
	for (size_t i = 0; i < NAME_LIMIT - 1 && session[i]; i++)
		new->name[i] = session[i];
	if (!fovea_guid_of(provider, &new->provider))
		result = E_INVALIDARG;
	if (SUCCEEDED(result))
		result = find(&new->call);
	if (SUCCEEDED(result))
		result = begin(new);
	if (FAILED(result))
		fovea_events_close(new);
	else
		*events = new;
	return result;
}

fovea_hresult fovea_events_read(struct fovea_events *events, struct fovea_bytes *records)
{
	return fovea_inbox_take(&events->inbox, records);
}

/* The session ends first, so that ProcessTrace has nothing more to wait for. */
void fovea_events_close(struct fovea_events *events)
{
	struct properties properties;

	prepare(&properties);
	if (events->session)
		events->call.control(events->session, NULL, &properties.of_session,
				     EVENT_TRACE_CONTROL_STOP);
	if (events->trace != INVALID_PROCESSTRACE_HANDLE)
		events->call.close(events->trace);
	if (events->reader)
		join_reader(events);
	fovea_bytes_free(&events->inbox.records);
	free(events);
}
