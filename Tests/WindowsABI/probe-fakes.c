#include "probe.h"

#include "fake.h"

#define ENDPOINT "3F2C6E0A-8D44-4F27-9A5B-0C6F1D7E2A01"
#define DNS_CLIENT "1c95126e-7eea-49a9-a3fe-a378b03ddb4d"

static uint32_t number(const struct fovea_bytes *bytes, size_t place)
{
	uint32_t value = 0;

	if (place + sizeof(value) <= bytes->count)
		memcpy(&value, bytes->data + place, sizeof(value));
	return value;
}

/* Not from where the probe is either, although the fakes lie there. */
void probe_missing(void)
{
	const fovea_hresult no_module = (fovea_hresult)0x8007007E;
	struct fovea_answer answer;
	struct fovea_packets *packets = NULL;
	struct fovea_events *events = NULL;
	fovea_wchar *text = NULL;

	CHECK(fovea_hns_call(W("GET"), W("/"), W(""), &text) == no_module && !text);
	CHECK(fovea_hcn_list(FOVEA_HCN_ENDPOINTS, W("{}"), &answer) == no_module);
	CHECK(!answer.text && !answer.error_record);
	CHECK(fovea_hcn_properties(FOVEA_HCN_ENDPOINTS, ENDPOINT, W("{}"), &answer) == no_module);
	CHECK(fovea_packets_open(1024, &packets) == no_module && !packets);
	CHECK(fovea_events_open(DNS_CLIENT, W("fovea-test"), 1024, &events) == no_module &&
	      !events);
	fovea_text_free(NULL);
}

/* DLLs of those names without the functions, as on a version of Windows before them. */
void probe_exports(void)
{
	const fovea_hresult no_export = (fovea_hresult)0x8007007F;
	struct fovea_answer answer;
	struct fovea_packets *packets = NULL;
	fovea_wchar *text = NULL;

	CHECK(fovea_hns_call(W("GET"), W("/"), W(""), &text) == no_export && !text);
	CHECK(fovea_hcn_list(FOVEA_HCN_NETWORKS, W("{}"), &answer) == no_export);
	CHECK(fovea_packets_open(1024, &packets) == no_export && !packets);
}

static void probe_hns(void)
{
	struct fake fake = fake_of(L"vmcompute.dll");
	fovea_wchar *text = NULL;

	fake.set(FAKE_WELL);
	CHECK(fovea_hns_call(W("GET"), W("/endpointstats/é😀"), W("{}"), &text) == S_OK);
	CHECK(text && wcscmp((wchar_t *)text, L"GET /endpointstats/é😀 <{}>") == 0);
	CHECK(com_allocations() == 1);
	fovea_text_free(text);
	CHECK(com_allocations() == 0);
	fake.set(FAKE_NOTHING);
	CHECK(fovea_hns_call(W("GET"), W("/"), W(""), &text) == S_OK && !text);
	fake.set(FAKE_FAIL_AT_1);
	CHECK(fovea_hns_call(W("GET"), W("/"), W(""), &text) == FAKE_FAILURE);
	fovea_text_free(text);
	CHECK(com_allocations() == 0);
}

static void probe_hcn(enum fovea_hcn_kind kind, const wchar_t *list)
{
	struct fake fake = fake_of(L"computenetwork.dll");
	struct fovea_answer answer;

	fake.set(FAKE_WELL);
	CHECK(fovea_hcn_list(kind, W("{}"), &answer) == S_OK);
	CHECK(answer.text && wcscmp((wchar_t *)answer.text, list) == 0 && !answer.error_record);
	fovea_answer_free(&answer);
	CHECK(fovea_hcn_properties(kind, ENDPOINT, W("{}"), &answer) == S_OK);
	CHECK(answer.text && wcscmp((wchar_t *)answer.text, L"{\"Name\":\"é😀\"}") == 0);
	fovea_answer_free(&answer);
	/* No such object, in lower case and so of the right form. */
	CHECK(fovea_hcn_properties(kind, "00000000-0000-0000-0000-0000000000aa", W("{}"),
				   &answer) == FAKE_FAILURE);
	CHECK(!answer.text && answer.error_record);
	fovea_answer_free(&answer);
	CHECK(fovea_hcn_properties(kind, "../../../../../../../../../../../../", W("{}"),
				   &answer) == E_INVALIDARG);
	fovea_answer_free(&answer);
	for (int step = FAKE_FAIL_AT_1; step <= FAKE_FAIL_AT_2; step++) {
		fake.set(step);
		CHECK(fovea_hcn_properties(kind, ENDPOINT, W("{}"), &answer) == FAKE_FAILURE);
		CHECK(!answer.text);
		fovea_answer_free(&answer);
		CHECK(fake.open() == 0);
	}
	fake.set(FAKE_RECORD);
	CHECK(fovea_hcn_list(kind, W("{}"), &answer) == FAKE_FAILURE && answer.error_record);
	CHECK(wcsstr((wchar_t *)answer.error_record, L"nicht gefunden – 😀"));
	fovea_answer_free(&answer);
	fake.set(FAKE_RECORD_ALTHOUGH_OK);
	CHECK(fovea_hcn_properties(kind, ENDPOINT, W("{}"), &answer) == S_OK);
	CHECK(answer.text && answer.error_record);
	fovea_answer_free(&answer);
	fake.set(FAKE_NOTHING);
	CHECK(fovea_hcn_list(kind, W("{}"), &answer) == S_OK && !answer.text);
	fovea_answer_free(&answer);
	CHECK(com_allocations() == 0);
	CHECK(fake.open() == 0);
}

static void probe_packets(void)
{
	struct fake fake = fake_of(L"pktmonapi.dll");
	struct fovea_packets *packets = NULL;
	struct fovea_bytes records = { 0 };
	size_t record = 24 + 40;

	fake.set(FAKE_WELL);
	/* Room for ten of the 101 drops. */
	CHECK(fovea_packets_open(10 * record + 1, &packets) == S_OK && packets);
	CHECK(fovea_packets_read(packets, &records) == S_OK);
	CHECK(records.count == 10 * record);
	CHECK(number(&records, 0) == 40 && number(&records, 4) == 0 && number(&records, 8) == 40);
	CHECK(number(&records, 12) == 60 && number(&records, 16) == 2 && number(&records, 20) == 1);
	CHECK(number(&records, 24 + 22) == 701);
	CHECK(number(&records, record + 24 + 22) == 1000);
	fovea_bytes_free(&records);
	CHECK(fovea_packets_read(packets, &records) == S_OK && records.count == 0);
	CHECK(fake.open() == 4);
	fovea_packets_close(packets);
	CHECK(fake.open() == 0);
	for (int step = FAKE_FAIL_AT_1; step <= FAKE_FAIL_AT_7; step++) {
		fake.set(step);
		CHECK(fovea_packets_open(1024, &packets) == FAKE_FAILURE && !packets);
		CHECK(fake.open() == 0);
	}
	fovea_bytes_free(&records);
}

static void probe_perf(void)
{
	static const wchar_t paths[] =
		L"\\Net(*)\\Bytes/sec\0\\TCPv4\\Segments/sec\0\\Net(*)\\Missing";
	struct fake fake = fake_of(L"pdh.dll");
	struct fovea_perf *perf = NULL;
	struct fovea_bytes rows = { 0 };
	size_t second = 20 + 2 * 10, third = second + 20 + 2 * 15, value = third + 20;

	fake.set(FAKE_WELL);
	CHECK(fovea_perf_open((const fovea_wchar *)paths, 3, &perf) == S_OK && perf);
	CHECK(fovea_perf_read(perf, &rows) == S_OK);
	CHECK(rows.count == value + 20 + 20);
	CHECK(number(&rows, 0) == 0 && number(&rows, 4) == 0 && number(&rows, 8) == 10);
	CHECK(number(&rows, 16) == 10);
	CHECK(rows.count > 40 && memcmp(rows.data + 20, L"Ethernet é", 20) == 0);
	/* An instance whose value is not valid has the reason. */
	CHECK(number(&rows, second + 4) == 0xC0000BBA && number(&rows, third + 8) == 12);
	CHECK(number(&rows, value) == 1 && number(&rows, value + 4) == 0);
	CHECK(number(&rows, value + 8) == 0x89ABCDEF && number(&rows, value + 12) == 0x01234567);
	CHECK(number(&rows, value + 20) == 2 && number(&rows, value + 24) == 0xC0000BB9);
	fovea_bytes_free(&rows);
	fovea_perf_close(perf);
	fake.set(FAKE_FAIL_AT_1);
	CHECK(fovea_perf_open((const fovea_wchar *)paths, 3, &perf) == (fovea_hresult)0x80070005);
	fake.set(FAKE_FAIL_AT_2);
	CHECK(fovea_perf_open((const fovea_wchar *)paths, 3, &perf) == S_OK);
	CHECK(fovea_perf_read(perf, &rows) == S_OK && rows.count == 3 * 20);
	CHECK(number(&rows, 4) == 0x800007D5);
	fovea_bytes_free(&rows);
	fovea_perf_close(perf);
	CHECK(fake.open() == 0);
}

static void probe_events(void)
{
	struct fake fake = fake_of(L"fovea-etw.dll");
	HANDLE sent = CreateEventW(NULL, TRUE, FALSE, L"fovea-test-sent");
	struct fovea_events *events = NULL;
	struct fovea_bytes records = { 0 };
	size_t first = 24 + 2 * 12;

	fake.set(FAKE_WELL);
	/* A session is there already, as after a killed agent: it is ended, and begun anew. */
	CHECK(fovea_events_open(DNS_CLIENT, W("fovea-test"), 2 * first + 1, &events) == S_OK);
	CHECK(WaitForSingleObject(sent, 10000) == WAIT_OBJECT_0);
	CHECK(fovea_events_read(events, &records) == S_OK);
	CHECK(records.count == 2 * first);
	CHECK(number(&records, 8) == 4711 && number(&records, 12) == (3006 | 1 << 16));
	CHECK(number(&records, 16) == 24 && number(&records, 20) == 0);
	CHECK(records.count > first && memcmp(records.data + 24, L"example.com", 24) == 0);
	CHECK(number(&records, first + 12) == (3008 | 1 << 16));
	fovea_bytes_free(&records);
	CHECK(fake.open() == 2);
	fovea_events_close(events);
	CHECK(fake.open() == 0);
	for (int step = FAKE_FAIL_AT_1; step <= FAKE_FAIL_AT_3; step++) {
		fake.set(step);
		CHECK(fovea_events_open(DNS_CLIENT, W("fovea-test"), 1024, &events) ==
		      (fovea_hresult)0x80070005);
		CHECK(!events && fake.open() == 0);
	}
	CHECK(fovea_events_open("no GUID", W("fovea-test"), 1024, &events) == E_INVALIDARG);
	CloseHandle(sent);
}

void probe_fakes(void)
{
	probe_hns();
	probe_hcn(FOVEA_HCN_NETWORKS, L"[\"Networks\"]");
	probe_hcn(FOVEA_HCN_ENDPOINTS, L"[\"Endpoints\"]");
	probe_hcn(FOVEA_HCN_NAMESPACES, L"[\"Namespaces\"]");
	probe_hcn(FOVEA_HCN_LOAD_BALANCERS, L"[\"LoadBalancers\"]");
	probe_packets();
	probe_perf();
	probe_events();
}
