/*
 * The calls into Windows that Fovea makes, one C function for each question.
 *
 * Nothing of Windows is imported when the agent is linked but kernel32: each function finds its DLL in
 * System32 and its export at run time, so that a node without the Containers feature gets an error and not
 * an agent that does not start. Elsewhere than on Windows every function fails with E_NOTIMPL; none makes up
 * an answer.
 *
 * Results are HRESULTs: negative is failure. Strings are UTF-16, end with a zero, and are WCHAR on Windows.
 * Functions may be called from any thread and block while Windows works.
 */
#ifndef FOVEA_WINDOWS_NET_H
#define FOVEA_WINDOWS_NET_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef int32_t fovea_hresult;
typedef uint16_t fovea_wchar;

_Static_assert(sizeof(fovea_wchar) == 2, "WCHAR is 16 bits");

/* What came back. Begins as zeros; the caller's, for fovea_bytes_free, after a failure too. */
struct fovea_bytes {
	uint8_t *_Nullable data;
	size_t count;
	size_t room;
};

void fovea_bytes_free(struct fovea_bytes *bytes);

/* CoTaskMemFree. NULL is fine. */
void fovea_text_free(fovea_wchar *_Nullable text);

/* vmcompute.dll, HNS version 1. `object` is the body of the request, empty for GET. What comes back in
 * `response`, on failure too, belongs to the caller: fovea_text_free. */
fovea_hresult fovea_hns_call(const fovea_wchar *method, const fovea_wchar *path,
			     const fovea_wchar *object, fovea_wchar *_Nullable *_Nonnull response);

/* computenetwork.dll, HCN. */

enum fovea_hcn_kind {
	FOVEA_HCN_NETWORKS,
	FOVEA_HCN_ENDPOINTS,
	FOVEA_HCN_NAMESPACES,
	FOVEA_HCN_LOAD_BALANCERS,
};

/* Both may be there; an error record that is not empty is a failure whatever the result. */
struct fovea_answer {
	fovea_wchar *_Nullable text;
	fovea_wchar *_Nullable error_record;
};

void fovea_answer_free(struct fovea_answer *answer);

/* HcnEnumerate…: a JSON array of GUIDs. What is in `answer`, on failure too, is the caller's. */
fovea_hresult fovea_hcn_list(enum fovea_hcn_kind kind, const fovea_wchar *query,
			     struct fovea_answer *answer);

/* HcnOpen…, HcnQuery…Properties, HcnClose…: one document. `id` is 36 characters. */
fovea_hresult fovea_hcn_properties(enum fovea_hcn_kind kind, const char *id,
				   const fovea_wchar *query, struct fovea_answer *answer);

/* iphlpapi.dll. */

enum fovea_ip_table {
	FOVEA_IP_INTERFACES,
	FOVEA_IP_TCP_STATISTICS,
	FOVEA_IP_UDP_STATISTICS,
	FOVEA_IP_IP_STATISTICS,
	FOVEA_IP_TCP_CONNECTIONS,
	FOVEA_IP_UDP_LISTENERS,
};

/* Rows one behind the other, without the count, or one struct. A compartment other than 0 is entered by
 * this thread and left again. */
fovea_hresult fovea_ip_read(enum fovea_ip_table table, int is_v6, uint32_t compartment,
			    struct fovea_bytes *bytes);

/* Programs. */

/* One command line of `count` strings that stand one behind the other, each with a zero, as
 * CommandLineToArgvW takes it apart again; with a zero at the end. */
fovea_hresult fovea_quote(const fovea_wchar *arguments, size_t count,
			  struct fovea_bytes *command_line);

/* Runs `name`, which is a file in System32, with these arguments, reads what it writes to standard output
 * and standard error, and ends it with all that it started when it takes longer than `limit_ms` (HRESULT of
 * ERROR_TIMEOUT, 0x800705B4) or writes more than `limit_bytes` (of ERROR_MORE_DATA, 0x800700EA). */
fovea_hresult fovea_run(const fovea_wchar *name, const fovea_wchar *arguments, size_t count,
			uint32_t limit_ms, size_t limit_bytes, struct fovea_bytes *output,
			uint32_t *exit_status);

/* pdh.dll. */

struct fovea_perf;

/* A query for `count` counter paths in English, as strings that stand one behind the other. A path that
 * this system does not have is no failure. */
fovea_hresult fovea_perf_open(const fovea_wchar *paths, size_t count,
			      struct fovea_perf *_Nullable *_Nonnull perf);

/* Rows of: place of the path (32 bits), status (32), raw value (64), length of the instance's name in
 * UTF-16 units (32), the name. A path that cannot be read is one row with the status that says why. */
fovea_hresult fovea_perf_read(struct fovea_perf *perf, struct fovea_bytes *rows);

void fovea_perf_close(struct fovea_perf *perf);

/* pktmonapi.dll. */

struct fovea_packets;

/* Begins a live session over all data sources that are not hidden. Of each packet that was dropped the
 * metadata is kept, as long as there are `capacity` bytes for it. */
fovea_hresult fovea_packets_open(size_t capacity,
				 struct fovea_packets *_Nullable *_Nonnull packets);

/* What came since the last call: records as PacketStreamTransport has them. */
fovea_hresult fovea_packets_read(struct fovea_packets *packets, struct fovea_bytes *records);

void fovea_packets_close(struct fovea_packets *packets);

/* advapi32.dll. */

struct fovea_events;

/* Listens to a provider, in a session of that name; one that a killed agent left is ended first. */
fovea_hresult fovea_events_open(const char *provider, const fovea_wchar *session, size_t capacity,
				struct fovea_events *_Nullable *_Nonnull events);

/* What came since the last call: records as EventTransport has them. */
fovea_hresult fovea_events_read(struct fovea_events *events, struct fovea_bytes *records);

void fovea_events_close(struct fovea_events *events);

#pragma clang assume_nonnull end

#endif
