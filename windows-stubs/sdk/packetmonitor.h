/*
 * The packet monitor's streaming API, pktmonapi.dll, of Server 2022 and later. Microsoft documents it and
 * ships neither a header nor an import library.
 *
 * Source: https://learn.microsoft.com/windows/win32/pktmon/pktmon-reference. Microsoft's pages leave out two
 * things: the metadata is packed (40 bytes: microsoft/ntosebpfext counts 53 = 1 + 12 + 40 for its header),
 * and a data source takes 424 bytes (as programs that read them in memory found).
 */
#ifndef FOVEA_SDK_PACKETMONITOR_H
#define FOVEA_SDK_PACKETMONITOR_H

#include "base.h"

#define PACKETMONITOR_API_VERSION_1_0 0x00010000
#define PACKETMONITOR_MAX_NAME_LENGTH 64
#define PACKETMONITOR_MAX_STRING_LENGTH 128

typedef void *PACKETMONITOR_HANDLE;
typedef void *PACKETMONITOR_SESSION;
typedef void *PACKETMONITOR_REALTIME_STREAM;

typedef enum PACKETMONITOR_DATA_SOURCE_KIND {
	PacketMonitorDataSourceKindAll,
	PacketMonitorDataSourceKindNetworkInterface,
} PACKETMONITOR_DATA_SOURCE_KIND;

typedef enum PACKETMONITOR_STREAM_EVENT_KIND {
	PacketMonitorStreamEventStarted,
	PacketMonitorStreamEventStopped,
	PacketMonitorStreamEventFatalError,
	PacketMonitorStreamEventProcessInfo,
} PACKETMONITOR_STREAM_EVENT_KIND;

typedef struct PACKETMONITOR_DATA_SOURCE_SPECIFICATION {
	PACKETMONITOR_DATA_SOURCE_KIND Kind;
	WCHAR Name[PACKETMONITOR_MAX_NAME_LENGTH];
	WCHAR Description[PACKETMONITOR_MAX_STRING_LENGTH];
	UINT32 Id;
	UINT32 SecondaryId;
	UINT32 ParentId;
	UINT32 IsPresentValue;
	union {
		GUID Guid;
		UINT64 IPv6[2];
		UCHAR MacAddress[6];
	} Detail;
} PACKETMONITOR_DATA_SOURCE_SPECIFICATION;

typedef struct PACKETMONITOR_DATA_SOURCE_LIST {
	UINT32 NumDataSources;
	PACKETMONITOR_DATA_SOURCE_SPECIFICATION const *DataSources[ANYSIZE_ARRAY];
} PACKETMONITOR_DATA_SOURCE_LIST;

typedef struct PACKETMONITOR_STREAM_DATA_DESCRIPTOR {
	VOID const *Data;
	UINT32 DataSize;
	UINT32 MetadataOffset;
	UINT32 PacketOffset;
	UINT32 PacketLength;
	UINT32 MissedPacketWriteCount;
	UINT32 MissedPacketReadCount;
} PACKETMONITOR_STREAM_DATA_DESCRIPTOR;

#pragma pack(push, 1)
typedef struct PACKETMONITOR_STREAM_METADATA {
	UINT64 PktGroupId;
	UINT16 PktCount, AppearanceCount, DirectionName, PacketType, ComponentId, EdgeId, FilterId;
	UINT32 DropReason, DropLocation;
	UINT16 Processor;
	LARGE_INTEGER TimeStamp;
} PACKETMONITOR_STREAM_METADATA;
#pragma pack(pop)

typedef struct PACKETMONITOR_STREAM_EVENT_INFO PACKETMONITOR_STREAM_EVENT_INFO;

typedef VOID(CALLBACK *PACKETMONITOR_STREAM_EVENT_CALLBACK)(VOID *context,
							    PACKETMONITOR_STREAM_EVENT_INFO const *,
							    PACKETMONITOR_STREAM_EVENT_KIND);
typedef VOID(CALLBACK *PACKETMONITOR_STREAM_DATA_CALLBACK)(
	VOID *context, PACKETMONITOR_STREAM_DATA_DESCRIPTOR const *);

typedef struct PACKETMONITOR_REALTIME_STREAM_CONFIGURATION {
	VOID *UserContext;
	PACKETMONITOR_STREAM_EVENT_CALLBACK EventCallback;
	PACKETMONITOR_STREAM_DATA_CALLBACK DataCallback;
	/* 1 to 10 times 256 KiB. */
	UINT16 BufferSizeMultiplier;
	/* Bytes of each packet that are kept, at most 9000. */
	UINT16 TruncationSize;
} PACKETMONITOR_REALTIME_STREAM_CONFIGURATION;

HRESULT WINAPI PacketMonitorInitialize(UINT32 apiVersion, void *reserved,
				       PACKETMONITOR_HANDLE *handle);
VOID WINAPI PacketMonitorUninitialize(PACKETMONITOR_HANDLE handle);
HRESULT WINAPI PacketMonitorCreateLiveSession(PACKETMONITOR_HANDLE handle, PCWSTR name,
					      PACKETMONITOR_SESSION *session);
VOID WINAPI PacketMonitorCloseSessionHandle(PACKETMONITOR_SESSION session);
HRESULT WINAPI PacketMonitorSetSessionActive(PACKETMONITOR_SESSION session, BOOLEAN active);
HRESULT WINAPI PacketMonitorEnumDataSources(PACKETMONITOR_HANDLE handle,
					    PACKETMONITOR_DATA_SOURCE_KIND kind, BOOLEAN showHidden,
					    SIZE_T capacity, SIZE_T *needed,
					    PACKETMONITOR_DATA_SOURCE_LIST *list);
HRESULT WINAPI PacketMonitorAddSingleDataSourceToSession(
	PACKETMONITOR_SESSION session, PACKETMONITOR_DATA_SOURCE_SPECIFICATION const *source);
HRESULT WINAPI
PacketMonitorCreateRealtimeStream(PACKETMONITOR_HANDLE handle,
				  PACKETMONITOR_REALTIME_STREAM_CONFIGURATION const *configuration,
				  PACKETMONITOR_REALTIME_STREAM *stream);
HRESULT WINAPI PacketMonitorAttachOutputToSession(PACKETMONITOR_SESSION session, VOID *stream);
VOID WINAPI PacketMonitorCloseRealtimeStream(PACKETMONITOR_REALTIME_STREAM stream);

#endif
