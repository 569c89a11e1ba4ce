#include "fake.h"

#include "sdk/iphelper.h"

FAKE_STATE

/* Steps: enter a compartment, read a table, go back. */

#define HOST 1

static NET_IF_COMPARTMENT_ID compartment = HOST;
static int asked;

EXPORT NET_IF_COMPARTMENT_ID WINAPI GetCurrentThreadCompartmentId(void)
{
	return compartment;
}

/* A thread that is not back is something left open. */
EXPORT DWORD WINAPI SetCurrentThreadCompartmentId(NET_IF_COMPARTMENT_ID wanted)
{
	if (fails())
		return FAKE_ERROR;
	open_handles += (wanted != HOST) - (compartment != HOST);
	compartment = wanted;
	return NO_ERROR;
}

EXPORT DWORD WINAPI GetIfTable2(PMIB_IF_TABLE2 *table)
{
	*table = NULL;
	if (fails())
		return FAKE_ERROR;
	if (scenario == FAKE_NOTHING)
		return NO_ERROR;
	*table = calloc(1, sizeof(**table) + sizeof(MIB_IF_ROW2));
	(*table)->NumEntries = 2;
	for (int i = 0; i < 2; i++)
		(*table)->Table[i].InOctets = 1000 * compartment + i;
	open_handles++;
	return NO_ERROR;
}

EXPORT VOID WINAPI FreeMibTable(PVOID memory)
{
	open_handles -= memory != NULL;
	free(memory);
}

/* As on Windows before 1709, unless all is well. */
EXPORT ULONG WINAPI GetTcpStatisticsEx2(PMIB_TCPSTATS2 statistics, ULONG family)
{
	(void)family;
	if (fails() || scenario == FAKE_NOTHING)
		return ERROR_NOT_SUPPORTED;
	statistics->dw64InSegs = 5000000000 + compartment;
	return NO_ERROR;
}

EXPORT ULONG WINAPI GetTcpStatisticsEx(PMIB_TCPSTATS statistics, ULONG family)
{
	statistics->dwInSegs = 10 * family + compartment;
	return NO_ERROR;
}

EXPORT ULONG WINAPI GetUdpStatisticsEx(PMIB_UDPSTATS statistics, ULONG family)
{
	if (fails())
		return FAKE_ERROR;
	statistics->dwInDatagrams = 100 * family + compartment;
	return NO_ERROR;
}

/* Has more rows each time it is asked, until the fourth; then it has few. */
EXPORT DWORD WINAPI GetExtendedTcpTable(PVOID table, PDWORD size, BOOL order, ULONG family,
					TCP_TABLE_CLASS table_class, ULONG reserved)
{
	DWORD rows = asked < 4 ? 400 * ++asked : 100, needed;

	if (order || reserved || family != AF_INET || table_class != TCP_TABLE_OWNER_PID_ALL)
		return ERROR_INVALID_PARAMETER;
	if (fails())
		return FAKE_ERROR;
	needed = sizeof(DWORD) + rows * sizeof(MIB_TCPROW_OWNER_PID);
	if (*size < needed) {
		*size = needed;
		return ERROR_INSUFFICIENT_BUFFER;
	}
	*size = needed;
	memset(table, 0, needed);
	/* More than there is room for, where it is not to be trusted. */
	*(DWORD *)table = scenario == FAKE_NOTHING ? 0x10000000 : rows;
	((MIB_TCPROW_OWNER_PID *)((DWORD *)table + 1))[rows - 1].dwOwningPid = compartment;
	return NO_ERROR;
}
