/*
 * IP Helper, iphlpapi.dll: interfaces, protocol statistics, connections.
 *
 * Sources: https://learn.microsoft.com/windows/win32/api/netioapi/ (GetIfTable2, MIB_IF_ROW2,
 * SetCurrentThreadCompartmentId), …/api/iphlpapi/ (the others), …/api/tcpmib/, udpmib/, ipmib/ (structs).
 */
#ifndef FOVEA_SDK_IPHELPER_H
#define FOVEA_SDK_IPHELPER_H

#include "base.h"

#ifdef _WIN32

#include <ws2ipdef.h>
#include <iphlpapi.h>
#include <netioapi.h>

#else

typedef UINT32 NET_IF_COMPARTMENT_ID;

#define IF_MAX_STRING_SIZE 256
#define IF_MAX_PHYS_ADDRESS_LENGTH 32

typedef struct _MIB_IF_ROW2 {
	ULONG64 InterfaceLuid;
	ULONG InterfaceIndex;
	GUID InterfaceGuid;
	WCHAR Alias[IF_MAX_STRING_SIZE + 1];
	WCHAR Description[IF_MAX_STRING_SIZE + 1];
	ULONG PhysicalAddressLength;
	UCHAR PhysicalAddress[IF_MAX_PHYS_ADDRESS_LENGTH];
	UCHAR PermanentPhysicalAddress[IF_MAX_PHYS_ADDRESS_LENGTH];
	ULONG Mtu;
	ULONG Type;
	ULONG TunnelType;
	ULONG MediaType;
	ULONG PhysicalMediumType;
	ULONG AccessType;
	ULONG DirectionType;
	struct {
		BOOLEAN HardwareInterface : 1;
		BOOLEAN FilterInterface : 1;
		BOOLEAN ConnectorPresent : 1;
		BOOLEAN NotAuthenticated : 1;
		BOOLEAN NotMediaConnected : 1;
		BOOLEAN Paused : 1;
		BOOLEAN LowPower : 1;
		BOOLEAN EndPointInterface : 1;
	} InterfaceAndOperStatusFlags;
	ULONG OperStatus;
	ULONG AdminStatus;
	ULONG MediaConnectState;
	GUID NetworkGuid;
	ULONG ConnectionType;
	ULONG64 TransmitLinkSpeed;
	ULONG64 ReceiveLinkSpeed;
	ULONG64 InOctets;
	ULONG64 InUcastPkts;
	ULONG64 InNUcastPkts;
	ULONG64 InDiscards;
	ULONG64 InErrors;
	ULONG64 InUnknownProtos;
	ULONG64 InUcastOctets;
	ULONG64 InMulticastOctets;
	ULONG64 InBroadcastOctets;
	ULONG64 OutOctets;
	ULONG64 OutUcastPkts;
	ULONG64 OutNUcastPkts;
	ULONG64 OutDiscards;
	ULONG64 OutErrors;
	ULONG64 OutUcastOctets;
	ULONG64 OutMulticastOctets;
	ULONG64 OutBroadcastOctets;
	ULONG64 OutQLen;
} MIB_IF_ROW2, *PMIB_IF_ROW2;

typedef struct _MIB_IF_TABLE2 {
	ULONG NumEntries;
	MIB_IF_ROW2 Table[ANYSIZE_ARRAY];
} MIB_IF_TABLE2, *PMIB_IF_TABLE2;

typedef struct _MIB_TCPSTATS {
	DWORD dwRtoAlgorithm, dwRtoMin, dwRtoMax, dwMaxConn, dwActiveOpens, dwPassiveOpens;
	DWORD dwAttemptFails, dwEstabResets, dwCurrEstab, dwInSegs, dwOutSegs, dwRetransSegs;
	DWORD dwInErrs, dwOutRsts, dwNumConns;
} MIB_TCPSTATS, *PMIB_TCPSTATS;

typedef struct _MIB_UDPSTATS {
	DWORD dwInDatagrams, dwNoPorts, dwInErrors, dwOutDatagrams, dwNumAddrs;
} MIB_UDPSTATS, *PMIB_UDPSTATS;

typedef struct _MIB_IPSTATS {
	DWORD dwForwarding, dwDefaultTTL, dwInReceives, dwInHdrErrors, dwInAddrErrors;
	DWORD dwForwDatagrams, dwInUnknownProtos, dwInDiscards, dwInDelivers, dwOutRequests;
	DWORD dwRoutingDiscards, dwOutDiscards, dwOutNoRoutes, dwReasmTimeout, dwReasmReqds;
	DWORD dwReasmOks, dwReasmFails, dwFragOks, dwFragFails, dwFragCreates;
	DWORD dwNumIf, dwNumAddr, dwNumRoutes;
} MIB_IPSTATS, *PMIB_IPSTATS;

typedef struct _MIB_TCPROW_OWNER_PID {
	DWORD dwState, dwLocalAddr, dwLocalPort, dwRemoteAddr, dwRemotePort, dwOwningPid;
} MIB_TCPROW_OWNER_PID;

typedef struct _MIB_TCP6ROW_OWNER_PID {
	UCHAR ucLocalAddr[16];
	DWORD dwLocalScopeId, dwLocalPort;
	UCHAR ucRemoteAddr[16];
	DWORD dwRemoteScopeId, dwRemotePort, dwState, dwOwningPid;
} MIB_TCP6ROW_OWNER_PID;

typedef struct _MIB_UDPROW_OWNER_PID {
	DWORD dwLocalAddr, dwLocalPort, dwOwningPid;
} MIB_UDPROW_OWNER_PID;

typedef struct _MIB_UDP6ROW_OWNER_PID {
	UCHAR ucLocalAddr[16];
	DWORD dwLocalScopeId, dwLocalPort, dwOwningPid;
} MIB_UDP6ROW_OWNER_PID;

typedef enum { TCP_TABLE_OWNER_PID_ALL = 5 } TCP_TABLE_CLASS;

typedef enum { UDP_TABLE_OWNER_PID = 1 } UDP_TABLE_CLASS;

#endif

/* Of Windows 10 1709; in the SDK, and not in mingw-w64 10. */
#if !defined(_WIN32) || defined(__MINGW32__)

typedef struct _MIB_TCPSTATS2 {
	DWORD RtoAlgorithm, dwRtoMin, dwRtoMax, dwMaxConn, dwActiveOpens, dwPassiveOpens;
	DWORD dwAttemptFails, dwEstabResets, dwCurrEstab;
	DWORD64 dw64InSegs, dw64OutSegs;
	DWORD dwRetransSegs, dwInErrs, dwOutRsts, dwNumConns;
} MIB_TCPSTATS2, *PMIB_TCPSTATS2;

ULONG WINAPI GetTcpStatisticsEx2(PMIB_TCPSTATS2 Statistics, ULONG Family);

#endif

#ifdef FOVEA_DECLARE_SDK

DWORD WINAPI GetIfTable2(PMIB_IF_TABLE2 *Table);
VOID WINAPI FreeMibTable(PVOID Memory);
ULONG WINAPI GetTcpStatisticsEx(PMIB_TCPSTATS Statistics, ULONG Family);
ULONG WINAPI GetUdpStatisticsEx(PMIB_UDPSTATS Statistics, ULONG Family);
ULONG WINAPI GetIpStatisticsEx(PMIB_IPSTATS Statistics, ULONG Family);
DWORD WINAPI GetExtendedTcpTable(PVOID pTcpTable, PDWORD pdwSize, BOOL bOrder, ULONG ulAf,
				 TCP_TABLE_CLASS TableClass, ULONG Reserved);
DWORD WINAPI GetExtendedUdpTable(PVOID pUdpTable, PDWORD pdwSize, BOOL bOrder, ULONG ulAf,
				 UDP_TABLE_CLASS TableClass, ULONG Reserved);
NET_IF_COMPARTMENT_ID WINAPI GetCurrentThreadCompartmentId(void);
DWORD WINAPI SetCurrentThreadCompartmentId(NET_IF_COMPARTMENT_ID CompartmentId);

#endif
#endif
