#include "probe.h"

#include "fake.h"
#include "sdk/iphelper.h"

#define DENIED ((fovea_hresult)0x80070005)

static struct fake fake;

static fovea_hresult read_table(enum fovea_ip_table table, uint32_t compartment,
				struct fovea_bytes *bytes)
{
	memset(bytes, 0, sizeof(*bytes));
	return fovea_ip_read(table, 0, compartment, bytes);
}

static DWORD datagrams(uint32_t compartment)
{
	struct fovea_bytes bytes;
	DWORD count = 0;

	CHECK(read_table(FOVEA_IP_UDP_STATISTICS, compartment, &bytes) == S_OK);
	CHECK(bytes.count == sizeof(MIB_UDPSTATS));
	if (bytes.count == sizeof(MIB_UDPSTATS))
		count = ((MIB_UDPSTATS *)bytes.data)->dwInDatagrams;
	fovea_bytes_free(&bytes);
	return count;
}

static void probe_tables(void)
{
	struct fovea_bytes bytes;

	fake.set(FAKE_WELL);
	CHECK(read_table(FOVEA_IP_INTERFACES, 7, &bytes) == S_OK);
	CHECK(bytes.count == 2 * sizeof(MIB_IF_ROW2));
	CHECK(bytes.data && ((MIB_IF_ROW2 *)bytes.data)[1].InOctets == 7001);
	fovea_bytes_free(&bytes);
	CHECK(read_table(FOVEA_IP_TCP_STATISTICS, 7, &bytes) == S_OK);
	CHECK(bytes.count == sizeof(MIB_TCPSTATS2));
	CHECK(bytes.data && ((MIB_TCPSTATS2 *)bytes.data)->dw64InSegs == 5000000007);
	fovea_bytes_free(&bytes);
	CHECK(read_table(FOVEA_IP_TCP_CONNECTIONS, 7, &bytes) == S_OK);
	CHECK(bytes.count == 1600 * sizeof(MIB_TCPROW_OWNER_PID));
	CHECK(bytes.data && ((MIB_TCPROW_OWNER_PID *)bytes.data)[1599].dwOwningPid == 7);
	fovea_bytes_free(&bytes);
	CHECK(fake.open() == 0);

	fake.set(FAKE_NOTHING);
	CHECK(read_table(FOVEA_IP_INTERFACES, 7, &bytes) == S_OK && bytes.count == 0);
	fake.set(FAKE_NOTHING);
	CHECK(read_table(FOVEA_IP_TCP_STATISTICS, 7, &bytes) == S_OK);
	CHECK(bytes.count == sizeof(MIB_TCPSTATS));
	CHECK(bytes.data && ((MIB_TCPSTATS *)bytes.data)->dwInSegs == 10 * AF_INET + 7);
	fovea_bytes_free(&bytes);
	/* A count that leads out of the table is not followed. */
	fake.set(FAKE_NOTHING);
	CHECK(read_table(FOVEA_IP_TCP_CONNECTIONS, 7, &bytes) == (fovea_hresult)0x8007000D);
	CHECK(bytes.count == 0);
	fovea_bytes_free(&bytes);
	CHECK(fake.open() == 0);
}

static void probe_failures(void)
{
	static const enum fovea_ip_table tables[] = {
		FOVEA_IP_INTERFACES,
		FOVEA_IP_UDP_STATISTICS,
		FOVEA_IP_TCP_CONNECTIONS,
	};
	struct fovea_bytes bytes;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		/* Not entered, and not read: the thread is where it was, and nothing is left. */
		for (int step = FAKE_FAIL_AT_1; step <= FAKE_FAIL_AT_2; step++) {
			fake.set(step);
			CHECK(read_table(tables[i], 7, &bytes) == DENIED && bytes.count == 0);
			CHECK(fake.open() == 0);
			fovea_bytes_free(&bytes);
			CHECK(datagrams(0) == 100 * AF_INET + 1);
		}
		/* Not back: the thread's next reading of the host goes back first, or fails. */
		fake.set(FAKE_FAIL_AT_3);
		CHECK(read_table(tables[i], 7, &bytes) == DENIED);
		fovea_bytes_free(&bytes);
		CHECK(fake.open() == 1);
		fake.set(FAKE_FAIL_AT_1);
		CHECK(read_table(FOVEA_IP_UDP_STATISTICS, 0, &bytes) == DENIED && bytes.count == 0);
		fake.set(FAKE_FAIL_AT_1);
		CHECK(read_table(FOVEA_IP_UDP_STATISTICS, 8, &bytes) == DENIED && bytes.count == 0);
		fake.set(FAKE_WELL);
		CHECK(datagrams(0) == 100 * AF_INET + 1);
		CHECK(datagrams(8) == 100 * AF_INET + 8);
		CHECK(fake.open() == 0);
	}
}

void probe_compartments(void)
{
	fake = fake_of(L"fovea-iphelper.dll");
	fake.set(FAKE_WELL);
	CHECK(datagrams(0) == 100 * AF_INET + 1);
	CHECK(datagrams(7) == 100 * AF_INET + 7);
	CHECK(datagrams(0) == 100 * AF_INET + 1);
	probe_tables();
	probe_failures();
}
