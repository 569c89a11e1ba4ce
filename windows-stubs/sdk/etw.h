/*
 * Event Tracing for Windows, advapi32.dll: what it takes to listen to one provider.
 *
 * Sources: https://learn.microsoft.com/windows/win32/api/evntrace/ and …/api/evntcons/
 */
#ifndef FOVEA_SDK_ETW_H
#define FOVEA_SDK_ETW_H

#include "base.h"

#ifdef _WIN32

#include <evntrace.h>
#include <evntcons.h>

#else

typedef ULONG64 TRACEHANDLE, *PTRACEHANDLE;

#define WNODE_FLAG_TRACED_GUID 0x00020000
#define EVENT_TRACE_REAL_TIME_MODE 0x00000100
#define EVENT_TRACE_CONTROL_STOP 1
#define EVENT_CONTROL_CODE_ENABLE_PROVIDER 1
#define PROCESS_TRACE_MODE_REAL_TIME 0x00000100
#define PROCESS_TRACE_MODE_EVENT_RECORD 0x10000000
#define TRACE_LEVEL_INFORMATION 4
#define INVALID_PROCESSTRACE_HANDLE ((TRACEHANDLE)-1)

typedef struct _WNODE_HEADER {
	ULONG BufferSize, ProviderId;
	ULONG64 HistoricalContext;
	LARGE_INTEGER TimeStamp;
	GUID Guid;
	ULONG ClientContext, Flags;
} WNODE_HEADER;

typedef struct _EVENT_TRACE_PROPERTIES {
	WNODE_HEADER Wnode;
	ULONG BufferSize, MinimumBuffers, MaximumBuffers, MaximumFileSize, LogFileMode, FlushTimer;
	ULONG EnableFlags;
	LONG AgeLimit;
	ULONG NumberOfBuffers, FreeBuffers, EventsLost, BuffersWritten, LogBuffersLost;
	ULONG RealTimeBuffersLost;
	HANDLE LoggerThreadId;
	ULONG LogFileNameOffset, LoggerNameOffset;
} EVENT_TRACE_PROPERTIES, *PEVENT_TRACE_PROPERTIES;

typedef struct _EVENT_DESCRIPTOR {
	USHORT Id;
	UCHAR Version, Channel, Level, Opcode;
	USHORT Task;
	ULONGLONG Keyword;
} EVENT_DESCRIPTOR;

typedef struct _EVENT_HEADER {
	USHORT Size, HeaderType, Flags, EventProperty;
	ULONG ThreadId, ProcessId;
	LARGE_INTEGER TimeStamp;
	GUID ProviderId;
	EVENT_DESCRIPTOR EventDescriptor;
	ULONG64 ProcessorTime;
	GUID ActivityId;
} EVENT_HEADER;

typedef struct _EVENT_RECORD {
	EVENT_HEADER EventHeader;
	ULONG BufferContext;
	USHORT ExtendedDataCount, UserDataLength;
	PVOID ExtendedData, UserData, UserContext;
} EVENT_RECORD, *PEVENT_RECORD;

typedef VOID(WINAPI *PEVENT_RECORD_CALLBACK)(PEVENT_RECORD EventRecord);

/* What lies between the members used here is not read and not written, but counted. */
typedef struct _EVENT_TRACE_LOGFILEW {
	LPWSTR LogFileName, LoggerName;
	LONGLONG CurrentTime;
	ULONG BuffersRead, ProcessTraceMode;
	UCHAR between[392];
	PEVENT_RECORD_CALLBACK EventRecordCallback;
	ULONG IsKernelTrace;
	PVOID Context;
} EVENT_TRACE_LOGFILEW, *PEVENT_TRACE_LOGFILEW;

typedef struct _ENABLE_TRACE_PARAMETERS *PENABLE_TRACE_PARAMETERS;
typedef const GUID *LPCGUID;

#endif

#ifdef FOVEA_DECLARE_SDK

ULONG WINAPI StartTraceW(PTRACEHANDLE TraceHandle, LPCWSTR InstanceName,
			 PEVENT_TRACE_PROPERTIES Properties);
ULONG WINAPI ControlTraceW(TRACEHANDLE TraceHandle, LPCWSTR InstanceName,
			   PEVENT_TRACE_PROPERTIES Properties, ULONG ControlCode);
ULONG WINAPI EnableTraceEx2(TRACEHANDLE TraceHandle, LPCGUID ProviderId, ULONG ControlCode,
			    UCHAR Level, ULONGLONG MatchAnyKeyword, ULONGLONG MatchAllKeyword,
			    ULONG Timeout, PENABLE_TRACE_PARAMETERS EnableParameters);
TRACEHANDLE WINAPI OpenTraceW(PEVENT_TRACE_LOGFILEW Logfile);
ULONG WINAPI ProcessTrace(PTRACEHANDLE HandleArray, ULONG HandleCount, LPFILETIME StartTime,
			  LPFILETIME EndTime);
ULONG WINAPI CloseTrace(TRACEHANDLE TraceHandle);

#endif
#endif
