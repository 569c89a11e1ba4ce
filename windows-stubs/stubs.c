/*
 * The functions of Windows where there is no Windows. Every one fails; none makes up an answer.
 */
#include "sdk/base.h"

#ifndef _WIN32

#include "sdk/etw.h"
#include "sdk/hcn.h"
#include "sdk/hns.h"
#include "sdk/iphelper.h"
#include "sdk/packetmonitor.h"
#include "sdk/perf.h"

#pragma clang diagnostic ignored "-Wunused-parameter"

#define HRESULT_STUB(name, ...)          \
	HRESULT WINAPI name(__VA_ARGS__) \
	{                                \
		return E_NOTIMPL;        \
	}

/* Of those whose errors are of winerror.h. */
#define ERROR_STUB(type, name, ...)                \
	type WINAPI name(__VA_ARGS__)              \
	{                                          \
		return ERROR_CALL_NOT_IMPLEMENTED; \
	}

#define VOID_STUB(name, ...)          \
	void WINAPI name(__VA_ARGS__) \
	{                             \
	}

/* Nothing here was allocated by COM. */
VOID_STUB(CoTaskMemFree, PVOID memory)

HRESULT_STUB(HNSCall, PCWSTR method, PCWSTR path, PCWSTR object, PWSTR *response)

#define HCN_STUBS(object, objects)                                                                \
	HRESULT_STUB(HcnEnumerate##objects, PCWSTR query, PWSTR *list, PWSTR *record)             \
	HRESULT_STUB(HcnOpen##object, REFGUID id, void **handle, PWSTR *record)                   \
	HRESULT_STUB(HcnQuery##object##Properties, void *handle, PCWSTR query, PWSTR *properties, \
		     PWSTR *record)                                                               \
	HRESULT_STUB(HcnClose##object, void *handle)

HCN_STUBS(Network, Networks)
HCN_STUBS(Endpoint, Endpoints)
HCN_STUBS(Namespace, Namespaces)
HCN_STUBS(LoadBalancer, LoadBalancers)

ERROR_STUB(DWORD, GetIfTable2, PMIB_IF_TABLE2 *table)
VOID_STUB(FreeMibTable, PVOID memory)
ERROR_STUB(ULONG, GetTcpStatisticsEx, PMIB_TCPSTATS counters, ULONG family)
ERROR_STUB(ULONG, GetTcpStatisticsEx2, PMIB_TCPSTATS2 counters, ULONG family)
ERROR_STUB(ULONG, GetUdpStatisticsEx, PMIB_UDPSTATS counters, ULONG family)
ERROR_STUB(ULONG, GetIpStatisticsEx, PMIB_IPSTATS counters, ULONG family)
ERROR_STUB(DWORD, GetExtendedTcpTable, PVOID table, PDWORD size, BOOL order, ULONG family,
	   TCP_TABLE_CLASS table_class, ULONG reserved)
ERROR_STUB(DWORD, GetExtendedUdpTable, PVOID table, PDWORD size, BOOL order, ULONG family,
	   UDP_TABLE_CLASS table_class, ULONG reserved)
ERROR_STUB(DWORD, SetCurrentThreadCompartmentId, NET_IF_COMPARTMENT_ID compartment)

/* NET_IF_COMPARTMENT_ID_UNSPECIFIED. */
NET_IF_COMPARTMENT_ID WINAPI GetCurrentThreadCompartmentId(void)
{
	return 0;
}

HRESULT_STUB(PdhOpenQueryW, LPCWSTR source, DWORD_PTR data, PDH_HQUERY *query)
HRESULT_STUB(PdhAddEnglishCounterW, PDH_HQUERY query, LPCWSTR path, DWORD_PTR data,
	     PDH_HCOUNTER *counter)
HRESULT_STUB(PdhCollectQueryData, PDH_HQUERY query)
HRESULT_STUB(PdhGetRawCounterValue, PDH_HCOUNTER counter, LPDWORD type, PPDH_RAW_COUNTER value)
HRESULT_STUB(PdhGetRawCounterArrayW, PDH_HCOUNTER counter, LPDWORD size, LPDWORD count,
	     PPDH_RAW_COUNTER_ITEM_W items)
HRESULT_STUB(PdhCloseQuery, PDH_HQUERY query)

HRESULT_STUB(PacketMonitorInitialize, UINT32 version, void *reserved, PACKETMONITOR_HANDLE *handle)
VOID_STUB(PacketMonitorUninitialize, PACKETMONITOR_HANDLE handle)
HRESULT_STUB(PacketMonitorCreateLiveSession, PACKETMONITOR_HANDLE handle, PCWSTR name,
	     PACKETMONITOR_SESSION *session)
VOID_STUB(PacketMonitorCloseSessionHandle, PACKETMONITOR_SESSION session)
HRESULT_STUB(PacketMonitorSetSessionActive, PACKETMONITOR_SESSION session, BOOLEAN active)
HRESULT_STUB(PacketMonitorEnumDataSources, PACKETMONITOR_HANDLE handle,
	     PACKETMONITOR_DATA_SOURCE_KIND kind, BOOLEAN hidden, SIZE_T capacity, SIZE_T *needed,
	     PACKETMONITOR_DATA_SOURCE_LIST *list)
HRESULT_STUB(PacketMonitorAddSingleDataSourceToSession, PACKETMONITOR_SESSION session,
	     PACKETMONITOR_DATA_SOURCE_SPECIFICATION const *source)
HRESULT_STUB(PacketMonitorCreateRealtimeStream, PACKETMONITOR_HANDLE handle,
	     PACKETMONITOR_REALTIME_STREAM_CONFIGURATION const *configuration,
	     PACKETMONITOR_REALTIME_STREAM *stream)
HRESULT_STUB(PacketMonitorAttachOutputToSession, PACKETMONITOR_SESSION session, VOID *stream)
VOID_STUB(PacketMonitorCloseRealtimeStream, PACKETMONITOR_REALTIME_STREAM stream)

ERROR_STUB(ULONG, StartTraceW, PTRACEHANDLE trace, LPCWSTR name, PEVENT_TRACE_PROPERTIES properties)
ERROR_STUB(ULONG, ControlTraceW, TRACEHANDLE trace, LPCWSTR name,
	   PEVENT_TRACE_PROPERTIES properties, ULONG code)
ERROR_STUB(ULONG, EnableTraceEx2, TRACEHANDLE trace, LPCGUID provider, ULONG code, UCHAR level,
	   ULONGLONG any, ULONGLONG all, ULONG timeout, PENABLE_TRACE_PARAMETERS parameters)
ERROR_STUB(ULONG, ProcessTrace, PTRACEHANDLE traces, ULONG count, LPFILETIME start, LPFILETIME end)
ERROR_STUB(ULONG, CloseTrace, TRACEHANDLE trace)

TRACEHANDLE WINAPI OpenTraceW(PEVENT_TRACE_LOGFILEW log)
{
	(void)log;
	return INVALID_PROCESSTRACE_HANDLE;
}

#endif
