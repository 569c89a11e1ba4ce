#include "exports.h"
#include "sdk/iphelper.h"
#include "sdk/layout.h"

#include <stdlib.h>

/* Another one in tests, since Wine's own is in use by what they stand on. */
#ifndef FOVEA_IPHELPER_DLL
#define FOVEA_IPHELPER_DLL "iphlpapi.dll"
#endif

FOVEA_EXPORT(FOVEA_IPHELPER_DLL, GetIfTable2)
FOVEA_EXPORT(FOVEA_IPHELPER_DLL, FreeMibTable)
FOVEA_EXPORT(FOVEA_IPHELPER_DLL, GetTcpStatisticsEx)
FOVEA_EXPORT(FOVEA_IPHELPER_DLL, GetTcpStatisticsEx2)
FOVEA_EXPORT(FOVEA_IPHELPER_DLL, GetUdpStatisticsEx)
FOVEA_EXPORT(FOVEA_IPHELPER_DLL, GetIpStatisticsEx)
FOVEA_EXPORT(FOVEA_IPHELPER_DLL, GetExtendedTcpTable)
FOVEA_EXPORT(FOVEA_IPHELPER_DLL, GetExtendedUdpTable)
FOVEA_EXPORT(FOVEA_IPHELPER_DLL, GetCurrentThreadCompartmentId)
FOVEA_EXPORT(FOVEA_IPHELPER_DLL, SetCurrentThreadCompartmentId)

/* A table that grows faster than it can be read is given up after this many rounds. */
#define ROUNDS 8

static HRESULT interfaces(struct fovea_bytes *bytes)
{
	HRESULT result;
	__typeof__(&GetIfTable2) get = find_GetIfTable2(&result);
	__typeof__(&FreeMibTable) free_table;
	MIB_IF_TABLE2 *table = NULL;

	if (!get)
		return result;
	free_table = find_FreeMibTable(&result);
	if (!free_table)
		return result;
	result = fovea_of_win32(get(&table));
	if (FAILED(result) || !table)
		return result;
	result = fovea_bytes_add(bytes, table->Table, table->NumEntries * sizeof(table->Table[0]));
	free_table(table);
	return result;
}

#define STATISTICS(function, type)                                                    \
	do {                                                                          \
		__typeof__(&function) get = find_##function(&result);                 \
		type counters = { 0 };                                                \
                                                                                      \
		if (get)                                                              \
			result = fovea_of_win32(get(&counters, family));              \
		if (SUCCEEDED(result))                                                \
			result = fovea_bytes_add(bytes, &counters, sizeof(counters)); \
	} while (0)

/* 64-bit counters where Windows has them. */
static HRESULT tcp_statistics(ULONG family, struct fovea_bytes *bytes)
{
	HRESULT result;

	STATISTICS(GetTcpStatisticsEx2, MIB_TCPSTATS2);
	if (FAILED(result))
		STATISTICS(GetTcpStatisticsEx, MIB_TCPSTATS);
	return result;
}

typedef DWORD(WINAPI *get_table)(PVOID table, PDWORD size, BOOL order, ULONG family,
				 int table_class, ULONG reserved);

/* The size that fits is only known afterwards: the table grows between two calls. */
static HRESULT rows(get_table get, ULONG family, int table_class, size_t row,
		    struct fovea_bytes *bytes)
{
	DWORD size = 0, error = ERROR_INSUFFICIENT_BUFFER;
	uint8_t *table = NULL;
	HRESULT result;

	for (int round = 0; round < ROUNDS && error == ERROR_INSUFFICIENT_BUFFER; round++) {
		free(table);
		size += size / 4 + 4096;
		table = malloc(size);
		if (!table)
			return E_OUTOFMEMORY;
		error = get(table, &size, FALSE, family, table_class, 0);
	}
	result = fovea_of_win32(error);
	if (SUCCEEDED(result)) {
		DWORD count = *(DWORD *)table;

		/* The count is Windows' own, and still must not lead out of the table. */
		if (count <= (size - sizeof(count)) / row)
			result = fovea_bytes_add(bytes, table + sizeof(count), count * row);
		else
			result = fovea_of_win32(13 /* ERROR_INVALID_DATA */);
	}
	free(table);
	return result;
}

static HRESULT read_table(enum fovea_ip_table table, ULONG family, struct fovea_bytes *bytes)
{
	HRESULT result = E_INVALIDARG;
	get_table get;

	switch (table) {
	case FOVEA_IP_INTERFACES:
		return interfaces(bytes);
	case FOVEA_IP_TCP_STATISTICS:
		return tcp_statistics(family, bytes);
	case FOVEA_IP_UDP_STATISTICS:
		STATISTICS(GetUdpStatisticsEx, MIB_UDPSTATS);
		return result;
	case FOVEA_IP_IP_STATISTICS:
		STATISTICS(GetIpStatisticsEx, MIB_IPSTATS);
		return result;
	case FOVEA_IP_TCP_CONNECTIONS:
		get = (get_table)(void *)find_GetExtendedTcpTable(&result);
		if (!get)
			return result;
		return rows(get, family, TCP_TABLE_OWNER_PID_ALL,
			    family == AF_INET ? sizeof(MIB_TCPROW_OWNER_PID)
					      : sizeof(MIB_TCP6ROW_OWNER_PID),
			    bytes);
	case FOVEA_IP_UDP_LISTENERS:
		get = (get_table)(void *)find_GetExtendedUdpTable(&result);
		if (!get)
			return result;
		return rows(get, family, UDP_TABLE_OWNER_PID,
			    family == AF_INET ? sizeof(MIB_UDPROW_OWNER_PID)
					      : sizeof(MIB_UDP6ROW_OWNER_PID),
			    bytes);
	}
	return result;
}

/* Where this thread belongs while it is elsewhere: 0 for most of the time. */
static _Thread_local NET_IF_COMPARTMENT_ID home;

static HRESULT go_home(__typeof__(&SetCurrentThreadCompartmentId) set)
{
	HRESULT result = home ? fovea_of_win32(set(home)) : S_OK;

	if (SUCCEEDED(result))
		home = 0;
	return result;
}

fovea_hresult fovea_ip_read(enum fovea_ip_table table, int is_v6, uint32_t compartment,
			    struct fovea_bytes *bytes)
{
	ULONG family = is_v6 ? AF_INET6 : AF_INET;
	HRESULT result, returned;
	__typeof__(&GetCurrentThreadCompartmentId) current;
	__typeof__(&SetCurrentThreadCompartmentId) set;

	if (!compartment && !home)
		return read_table(table, family, bytes);
	current = find_GetCurrentThreadCompartmentId(&result);
	if (!current)
		return result;
	set = find_SetCurrentThreadCompartmentId(&result);
	if (!set)
		return result;
	/* It could not go back the last time: what it read would pass for the host's. */
	result = go_home(set);
	if (FAILED(result))
		return result;
	if (!compartment)
		return read_table(table, family, bytes);
	home = current();
	result = fovea_of_win32(set(compartment));
	if (FAILED(result)) {
		home = 0;
		return result;
	}
	result = read_table(table, family, bytes);
	returned = go_home(set);
	return FAILED(result) ? result : returned;
}
