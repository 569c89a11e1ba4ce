#include "inbox.h"
#include "sdk/packetmonitor.h"

#include <stdlib.h>
#include <string.h>

FOVEA_EXPORT("pktmonapi.dll", PacketMonitorInitialize)
FOVEA_EXPORT("pktmonapi.dll", PacketMonitorUninitialize)
FOVEA_EXPORT("pktmonapi.dll", PacketMonitorCreateLiveSession)
FOVEA_EXPORT("pktmonapi.dll", PacketMonitorCloseSessionHandle)
FOVEA_EXPORT("pktmonapi.dll", PacketMonitorSetSessionActive)
FOVEA_EXPORT("pktmonapi.dll", PacketMonitorEnumDataSources)
FOVEA_EXPORT("pktmonapi.dll", PacketMonitorAddSingleDataSourceToSession)
FOVEA_EXPORT("pktmonapi.dll", PacketMonitorCreateRealtimeStream)
FOVEA_EXPORT("pktmonapi.dll", PacketMonitorAttachOutputToSession)
FOVEA_EXPORT("pktmonapi.dll", PacketMonitorCloseRealtimeStream)

/* The least that can be asked for may be more; what comes of the packets is not looked at. */
#define TRUNCATION 64
#define BUFFERS 4
/* No node has so many data sources that their list takes more. */
#define SOURCES_LIMIT (16 << 20)

struct functions {
	__typeof__(&PacketMonitorInitialize) initialize;
	__typeof__(&PacketMonitorUninitialize) uninitialize;
	__typeof__(&PacketMonitorCreateLiveSession) create_session;
	__typeof__(&PacketMonitorCloseSessionHandle) close_session;
	__typeof__(&PacketMonitorSetSessionActive) set_active;
	__typeof__(&PacketMonitorEnumDataSources) list_sources;
	__typeof__(&PacketMonitorAddSingleDataSourceToSession) add_source;
	__typeof__(&PacketMonitorCreateRealtimeStream) create_stream;
	__typeof__(&PacketMonitorAttachOutputToSession) attach;
	__typeof__(&PacketMonitorCloseRealtimeStream) close_stream;
};

struct fovea_packets {
	struct functions call;
	PACKETMONITOR_HANDLE handle;
	PACKETMONITOR_SESSION session;
	PACKETMONITOR_REALTIME_STREAM stream;
	int is_active;
	struct fovea_inbox inbox;
};

static HRESULT find(struct functions *call)
{
	HRESULT result;

	if (!(call->initialize = find_PacketMonitorInitialize(&result)) ||
	    !(call->uninitialize = find_PacketMonitorUninitialize(&result)) ||
	    !(call->create_session = find_PacketMonitorCreateLiveSession(&result)) ||
	    !(call->close_session = find_PacketMonitorCloseSessionHandle(&result)) ||
	    !(call->set_active = find_PacketMonitorSetSessionActive(&result)) ||
	    !(call->list_sources = find_PacketMonitorEnumDataSources(&result)) ||
	    !(call->add_source = find_PacketMonitorAddSingleDataSourceToSession(&result)) ||
	    !(call->create_stream = find_PacketMonitorCreateRealtimeStream(&result)) ||
	    !(call->attach = find_PacketMonitorAttachOutputToSession(&result)) ||
	    !(call->close_stream = find_PacketMonitorCloseRealtimeStream(&result)))
		return result;
	return S_OK;
}

/* Runs on a thread of Windows, for every packet at every component: keeps drops, and of those the metadata
 * alone. Places within the data are nobody's promise. */
static VOID CALLBACK take_packet(VOID *context, PACKETMONITOR_STREAM_DATA_DESCRIPTOR const *packet)
{
	struct fovea_packets *packets = context;
	PACKETMONITOR_STREAM_METADATA metadata;
	uint32_t head[6];

	if (!packet->Data || packet->DataSize < sizeof(metadata) ||
	    packet->MetadataOffset > packet->DataSize - sizeof(metadata))
		return;
	memcpy(&metadata, (const uint8_t *)packet->Data + packet->MetadataOffset, sizeof(metadata));
	if (!metadata.DropReason)
		return;
	head[0] = sizeof(metadata);
	head[1] = 0;
	head[2] = sizeof(metadata);
	head[3] = packet->PacketLength;
	head[4] = packet->MissedPacketWriteCount;
	head[5] = packet->MissedPacketReadCount;
	fovea_inbox_add(&packets->inbox, (uint8_t *)head, sizeof(head), 5 * sizeof(head[0]),
			&metadata, sizeof(metadata));
}

static VOID CALLBACK take_event(VOID *context, PACKETMONITOR_STREAM_EVENT_INFO const *info,
				PACKETMONITOR_STREAM_EVENT_KIND kind)
{
	(void)context;
	(void)info;
	(void)kind;
}

/* A session without sources sees nothing. The size that fits is only known afterwards. */
static HRESULT add_sources(struct fovea_packets *packets)
{
	PACKETMONITOR_DATA_SOURCE_LIST *list = NULL;
	SIZE_T needed = 0, room = 0;
	HRESULT result;

	packets->call.list_sources(packets->handle, PacketMonitorDataSourceKindAll, FALSE, 0,
				   &needed, NULL);
	room = needed + needed / 4 + sizeof(*list);
	if (room > SOURCES_LIMIT)
		return E_OUTOFMEMORY;
	list = calloc(1, room);
	if (!list)
		return E_OUTOFMEMORY;
	result = packets->call.list_sources(packets->handle, PacketMonitorDataSourceKindAll, FALSE,
					    room, &needed, list);
	for (UINT32 i = 0; SUCCEEDED(result) && i < list->NumDataSources; i++)
		result = packets->call.add_source(packets->session, list->DataSources[i]);
	free(list);
	return result;
}

static HRESULT begin(struct fovea_packets *packets)
{
	static const WCHAR name[] = { 'f', 'o', 'v', 'e', 'a', 0 };
	PACKETMONITOR_REALTIME_STREAM_CONFIGURATION configuration = {
		.UserContext = packets,
		.EventCallback = take_event,
		.DataCallback = take_packet,
		.BufferSizeMultiplier = BUFFERS,
		.TruncationSize = TRUNCATION,
	};
	HRESULT result =
		packets->call.initialize(PACKETMONITOR_API_VERSION_1_0, NULL, &packets->handle);

	if (SUCCEEDED(result))
		result = packets->call.create_session(packets->handle, name, &packets->session);
	if (SUCCEEDED(result))
		result = add_sources(packets);
	if (SUCCEEDED(result))
		result = packets->call.create_stream(packets->handle, &configuration,
						     &packets->stream);
	if (SUCCEEDED(result))
		result = packets->call.attach(packets->session, packets->stream);
	if (SUCCEEDED(result))
		result = packets->call.set_active(packets->session, TRUE);
	packets->is_active = SUCCEEDED(result);
	return result;
}

fovea_hresult fovea_packets_open(size_t capacity, struct fovea_packets **packets)
{
	struct fovea_packets *new = calloc(1, sizeof(*new));
	HRESULT result;

	*packets = NULL;
	if (!new)
		return E_OUTOFMEMORY;
	new->inbox.capacity = capacity;
	result = find(&new->call);
	if (FAILED(result)) {
		free(new);
		return result;
	}
	result = begin(new);
	if (FAILED(result))
		fovea_packets_close(new);
	else
		*packets = new;
	return result;
}

fovea_hresult fovea_packets_read(struct fovea_packets *packets, struct fovea_bytes *records)
{
	return fovea_inbox_take(&packets->inbox, records);
}

/* In the order that leaves no callback behind. */
void fovea_packets_close(struct fovea_packets *packets)
{
	if (packets->is_active)
		packets->call.set_active(packets->session, FALSE);
	if (packets->stream)
		packets->call.close_stream(packets->stream);
	if (packets->session)
		packets->call.close_session(packets->session);
	if (packets->handle)
		packets->call.uninitialize(packets->handle);
	fovea_bytes_free(&packets->inbox.records);
	free(packets);
}
