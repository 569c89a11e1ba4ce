#include "fake.h"

#include "sdk/packetmonitor.h"

FAKE_STATE

/* Steps: initialize, session, list of sources, source, stream, attach, activate. */

static PACKETMONITOR_REALTIME_STREAM_CONFIGURATION configuration;
static int api, session, stream, added, attached;
static HANDLE thread;

static HRESULT hand_out(int *object, void **handle)
{
	if (fails())
		return FAKE_FAILURE;
	open_handles++;
	*handle = object;
	return S_OK;
}

EXPORT HRESULT WINAPI PacketMonitorInitialize(UINT32 version, void *reserved,
					      PACKETMONITOR_HANDLE *handle)
{
	if (version != PACKETMONITOR_API_VERSION_1_0 || reserved)
		return (HRESULT)0x8007051A;
	added = 0;
	attached = 0;
	return hand_out(&api, handle);
}

EXPORT VOID WINAPI PacketMonitorUninitialize(PACKETMONITOR_HANDLE handle)
{
	open_handles -= handle == &api;
}

EXPORT HRESULT WINAPI PacketMonitorCreateLiveSession(PACKETMONITOR_HANDLE handle, PCWSTR name,
						     PACKETMONITOR_SESSION *new)
{
	if (handle != &api || wcscmp(name, L"fovea") != 0)
		return E_INVALIDARG;
	return hand_out(&session, new);
}

EXPORT VOID WINAPI PacketMonitorCloseSessionHandle(PACKETMONITOR_SESSION handle)
{
	open_handles -= handle == &session;
}

EXPORT HRESULT WINAPI PacketMonitorEnumDataSources(PACKETMONITOR_HANDLE handle,
						   PACKETMONITOR_DATA_SOURCE_KIND kind,
						   BOOLEAN hidden, SIZE_T capacity, SIZE_T *needed,
						   PACKETMONITOR_DATA_SOURCE_LIST *list)
{
	static PACKETMONITOR_DATA_SOURCE_SPECIFICATION sources[3];
	SIZE_T size = sizeof(*list) + 2 * sizeof(list->DataSources[0]);

	if (handle != &api || kind != PacketMonitorDataSourceKindAll || hidden)
		return E_INVALIDARG;
	*needed = size;
	if (capacity < size)
		return HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER);
	if (fails())
		return FAKE_FAILURE;
	list->NumDataSources = 3;
	for (int i = 0; i < 3; i++)
		list->DataSources[i] = &sources[i];
	return S_OK;
}

EXPORT HRESULT WINAPI PacketMonitorAddSingleDataSourceToSession(
	PACKETMONITOR_SESSION handle, PACKETMONITOR_DATA_SOURCE_SPECIFICATION const *source)
{
	if (handle != &session || !source)
		return E_INVALIDARG;
	if (!added && fails())
		return FAKE_FAILURE;
	added++;
	return S_OK;
}

EXPORT HRESULT WINAPI PacketMonitorCreateRealtimeStream(
	PACKETMONITOR_HANDLE handle, PACKETMONITOR_REALTIME_STREAM_CONFIGURATION const *wanted,
	PACKETMONITOR_REALTIME_STREAM *new)
{
	if (handle != &api || !wanted->DataCallback || !wanted->BufferSizeMultiplier ||
	    wanted->BufferSizeMultiplier > 10 || wanted->TruncationSize > 9000)
		return E_INVALIDARG;
	configuration = *wanted;
	return hand_out(&stream, new);
}

EXPORT HRESULT WINAPI PacketMonitorAttachOutputToSession(PACKETMONITOR_SESSION handle, VOID *output)
{
	if (handle != &session || output != &stream)
		return E_INVALIDARG;
	if (fails())
		return FAKE_FAILURE;
	attached = 1;
	return S_OK;
}

static void hand_over(UINT32 reason, UINT32 offset, UINT32 size, UINT32 missed)
{
	/* Metadata that is not aligned, as nobody promises it is. */
	uint8_t data[128];
	PACKETMONITOR_STREAM_METADATA metadata = { 0 };
	PACKETMONITOR_STREAM_DATA_DESCRIPTOR packet = { data, size, offset, 64, 60, missed, 1 };

	memset(data, 0xEE, sizeof(data));
	metadata.PktGroupId = 0x1122334455667788;
	metadata.DropReason = reason;
	metadata.TimeStamp.QuadPart = 133000000000000000;
	memcpy(data + 3, &metadata, sizeof(metadata));
	configuration.DataCallback(configuration.UserContext, &packet);
}

static DWORD WINAPI deliver(void *context)
{
	PACKETMONITOR_STREAM_DATA_DESCRIPTOR nothing = { 0 };

	(void)context;
	configuration.EventCallback(configuration.UserContext, NULL,
				    PacketMonitorStreamEventStarted);
	hand_over(0, 3, 128, 0); /* was not dropped */
	hand_over(701, 3, 128, 2);
	hand_over(702, 120, 128, 0); /* beyond the data */
	hand_over(703, 0xFFFFFFFF, 128, 0);
	hand_over(704, 3, 20, 0);
	configuration.DataCallback(configuration.UserContext, &nothing);
	for (UINT32 i = 0; i < 100; i++)
		hand_over(1000 + i, 3, 128, 0);
	return 0;
}

EXPORT HRESULT WINAPI PacketMonitorSetSessionActive(PACKETMONITOR_SESSION handle, BOOLEAN active)
{
	if (handle != &session)
		return E_INVALIDARG;
	if (!active) {
		open_handles--;
		return S_OK;
	}
	if (fails())
		return FAKE_FAILURE;
	if (added != 3 || !attached)
		return E_INVALIDARG;
	open_handles++;
	/* On a thread of ours, and all there when this comes back: the probe has nothing to wait for. */
	thread = CreateThread(NULL, 0, deliver, NULL, 0, NULL);
	WaitForSingleObject(thread, INFINITE);
	CloseHandle(thread);
	return S_OK;
}

EXPORT VOID WINAPI PacketMonitorCloseRealtimeStream(PACKETMONITOR_REALTIME_STREAM handle)
{
	open_handles -= handle == &stream;
}
