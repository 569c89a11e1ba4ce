#include "probe.h"

#include "sdk/iphelper.h"
#include "sdk/layout.h"

static SOCKET listener, client, server;
static u_short server_port, client_port;

/* A connection of our own, to be found again. */
static void connect_to_self(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int length = sizeof(address);
	WSADATA data;

	CHECK(WSAStartup(MAKEWORD(2, 2), &data) == 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0);
	CHECK(listen(listener, 1) == 0);
	CHECK(getsockname(listener, (struct sockaddr *)&address, &length) == 0);
	server_port = address.sin_port;
	client = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(connect(client, (struct sockaddr *)&address, sizeof(address)) == 0);
	server = accept(listener, (struct sockaddr *)&address, &length);
	CHECK(server != INVALID_SOCKET);
	client_port = address.sin_port;
}

static struct fovea_bytes read_table(enum fovea_ip_table table, int is_v6, size_t row)
{
	struct fovea_bytes bytes = { 0 };

	CHECK(fovea_ip_read(table, is_v6, 0, &bytes) == S_OK);
	CHECK(bytes.count % row == 0);
	return bytes;
}

static void probe_interfaces(void)
{
	struct fovea_bytes bytes = read_table(FOVEA_IP_INTERFACES, 0, sizeof(MIB_IF_ROW2));
	const MIB_IF_ROW2 *rows = (const MIB_IF_ROW2 *)bytes.data;
	size_t count = bytes.count / sizeof(*rows);
	int loopbacks = 0, named = 0;

	for (size_t i = 0; i < count; i++) {
		loopbacks += rows[i].Type == 24;
		named += rows[i].InterfaceIndex && rows[i].Alias[0];
		printf("  interface %lu: %ls, type %lu, %llu bytes in, %llu out\n",
		       (unsigned long)rows[i].InterfaceIndex, rows[i].Alias,
		       (unsigned long)rows[i].Type, (unsigned long long)rows[i].InOctets,
		       (unsigned long long)rows[i].OutOctets);
	}
	CHECK(count > 0 && loopbacks == 1 && named == (int)count);
	fovea_bytes_free(&bytes);
}

static void probe_connections(void)
{
	struct fovea_bytes bytes =
		read_table(FOVEA_IP_TCP_CONNECTIONS, 0, sizeof(MIB_TCPROW_OWNER_PID));
	const MIB_TCPROW_OWNER_PID *rows = (const MIB_TCPROW_OWNER_PID *)bytes.data;
	int listening = 0, established = 0;

	for (size_t i = 0; i < bytes.count / sizeof(*rows); i++) {
		u_short local = (u_short)rows[i].dwLocalPort,
			remote = (u_short)rows[i].dwRemotePort;

		if (rows[i].dwLocalAddr != htonl(INADDR_LOOPBACK))
			continue;
		listening += rows[i].dwState == 2 && local == server_port;
		established +=
			rows[i].dwState == 5 && ((local == server_port && remote == client_port) ||
						 (local == client_port && remote == server_port));
	}
	printf("  %zu TCP rows, ours: %d listening, %d established\n", bytes.count / sizeof(*rows),
	       listening, established);
	CHECK(listening == 1 && established == 2);
	fovea_bytes_free(&bytes);
	bytes = read_table(FOVEA_IP_TCP_CONNECTIONS, 1, sizeof(MIB_TCP6ROW_OWNER_PID));
	fovea_bytes_free(&bytes);
	bytes = read_table(FOVEA_IP_UDP_LISTENERS, 0, sizeof(MIB_UDPROW_OWNER_PID));
	fovea_bytes_free(&bytes);
	bytes = read_table(FOVEA_IP_UDP_LISTENERS, 1, sizeof(MIB_UDP6ROW_OWNER_PID));
	fovea_bytes_free(&bytes);
}

/* Of any size that a version of Windows has. */
static DWORD passive_opens(void)
{
	struct fovea_bytes bytes = { 0 };
	DWORD opens = 0;

	CHECK(fovea_ip_read(FOVEA_IP_TCP_STATISTICS, 0, 0, &bytes) == S_OK);
	CHECK(bytes.count == sizeof(MIB_TCPSTATS) || bytes.count == sizeof(MIB_TCPSTATS2));
	/* In the same place in both. */
	if (bytes.count >= sizeof(MIB_TCPSTATS))
		opens = ((const MIB_TCPSTATS *)bytes.data)->dwPassiveOpens;
	fovea_bytes_free(&bytes);
	return opens;
}

void probe_iphelper(void)
{
	DWORD before = passive_opens(), after;
	struct fovea_bytes bytes;

	connect_to_self();
	after = passive_opens();
	printf("  passive opens: %lu, then %lu\n", (unsigned long)before, (unsigned long)after);
	CHECK(after > before);
	probe_interfaces();
	probe_connections();
	bytes = read_table(FOVEA_IP_UDP_STATISTICS, 0, sizeof(MIB_UDPSTATS));
	fovea_bytes_free(&bytes);
	bytes = read_table(FOVEA_IP_IP_STATISTICS, 0, sizeof(MIB_IPSTATS));
	CHECK(bytes.count == sizeof(MIB_IPSTATS) &&
	      ((const MIB_IPSTATS *)bytes.data)->dwInReceives > 0);
	fovea_bytes_free(&bytes);
	closesocket(server);
	closesocket(client);
	closesocket(listener);
}
