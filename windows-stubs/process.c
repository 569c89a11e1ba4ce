#include "exports.h"

#ifdef _WIN32

#include <stdlib.h>
#include <wchar.h>

/* CreateProcessW takes no longer one. */
#define COMMAND_LINE_LIMIT 32767
#define CHUNK 16384

/* What the reading thread and the waiting one share. */
struct output {
	HANDLE pipe, job;
	struct fovea_bytes *bytes;
	size_t limit;
	HRESULT result;
};

static DWORD WINAPI read_output(void *context)
{
	struct output *output = context;
	uint8_t chunk[CHUNK];
	DWORD count;

	while (SUCCEEDED(output->result) &&
	       ReadFile(output->pipe, chunk, sizeof(chunk), &count, NULL) && count) {
		if (count > output->limit - output->bytes->count)
			output->result = HRESULT_FROM_WIN32(ERROR_MORE_DATA);
		else
			output->result = fovea_bytes_add(output->bytes, chunk, count);
	}
	/* Nobody reads any more: a program that still writes would wait for ever. */
	if (FAILED(output->result))
		TerminateJobObject(output->job, 1);
	return 0;
}

/* A job that ends what is in it when it is closed, even if this process is killed. */
static HANDLE create_job(void)
{
	JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = { 0 };
	HANDLE job = CreateJobObjectW(NULL, NULL);

	limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
	if (job && !SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits,
					    sizeof(limits))) {
		CloseHandle(job);
		return NULL;
	}
	return job;
}

/* Starts it within the job, with the pipe and nothing else of ours inherited. */
static HRESULT start(const wchar_t *program, wchar_t *command_line, HANDLE job, HANDLE sink,
		     HANDLE nothing, HANDLE *process)
{
	STARTUPINFOEXW startup = { 0 };
	PROCESS_INFORMATION started;
	HANDLE inherited[2] = { sink, nothing };
	HRESULT result = S_OK;
	SIZE_T size = 0;

	InitializeProcThreadAttributeList(NULL, 1, 0, &size);
	startup.lpAttributeList = malloc(size);
	if (!startup.lpAttributeList)
		return E_OUTOFMEMORY;
	if (!InitializeProcThreadAttributeList(startup.lpAttributeList, 1, 0, &size)) {
		result = HRESULT_FROM_WIN32(GetLastError());
		free(startup.lpAttributeList);
		return result;
	}
	startup.StartupInfo.cb = sizeof(startup);
	startup.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
	startup.StartupInfo.hStdInput = nothing;
	startup.StartupInfo.hStdOutput = sink;
	startup.StartupInfo.hStdError = sink;
	if (!UpdateProcThreadAttribute(startup.lpAttributeList, 0,
				       PROC_THREAD_ATTRIBUTE_HANDLE_LIST, inherited,
				       sizeof(inherited), NULL, NULL) ||
	    !CreateProcessW(program, command_line, NULL, NULL, TRUE,
			    CREATE_SUSPENDED | CREATE_NO_WINDOW | EXTENDED_STARTUPINFO_PRESENT,
			    NULL, NULL, &startup.StartupInfo, &started)) {
		result = HRESULT_FROM_WIN32(GetLastError());
	} else {
		if (!AssignProcessToJobObject(job, started.hProcess)) {
			result = HRESULT_FROM_WIN32(GetLastError());
			TerminateProcess(started.hProcess, 1);
			CloseHandle(started.hProcess);
		} else {
			ResumeThread(started.hThread);
			*process = started.hProcess;
		}
		CloseHandle(started.hThread);
	}
	DeleteProcThreadAttributeList(startup.lpAttributeList);
	free(startup.lpAttributeList);
	return result;
}

/* Waits for the end of the program and of its output, or makes an end. */
static HRESULT finish(HANDLE process, struct output *output, uint32_t limit_ms,
		      uint32_t *exit_status)
{
	HRESULT result = S_OK;
	HANDLE reader = CreateThread(NULL, 0, read_output, output, 0, NULL);
	DWORD status = 0;

	if (!reader) {
		result = HRESULT_FROM_WIN32(GetLastError());
		TerminateJobObject(output->job, 1);
		return result;
	}
	if (WaitForSingleObject(process, limit_ms) != WAIT_OBJECT_0)
		result = HRESULT_FROM_WIN32(ERROR_TIMEOUT);
	else if (GetExitCodeProcess(process, &status))
		*exit_status = status;
	/* What it started and left behind has the pipe open too. */
	TerminateJobObject(output->job, 1);
	WaitForSingleObject(reader, INFINITE);
	CloseHandle(reader);
	return FAILED(output->result) ? output->result : result;
}

static HRESULT run(const wchar_t *program, wchar_t *command_line, uint32_t limit_ms,
		   struct output *output, uint32_t *exit_status)
{
	SECURITY_ATTRIBUTES inherit = { sizeof(inherit), NULL, TRUE };
	HANDLE sink = NULL, nothing = INVALID_HANDLE_VALUE, process = NULL;
	HRESULT result = S_OK;

	output->job = create_job();
	nothing = CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherit,
			      OPEN_EXISTING, 0, NULL);
	if (!output->job || nothing == INVALID_HANDLE_VALUE ||
	    !CreatePipe(&output->pipe, &sink, &inherit, 0))
		result = HRESULT_FROM_WIN32(GetLastError());
	if (SUCCEEDED(result))
		result = start(program, command_line, output->job, sink, nothing, &process);
	/* Ours has to go, or the pipe never ends. */
	if (sink)
		CloseHandle(sink);
	if (nothing != INVALID_HANDLE_VALUE)
		CloseHandle(nothing);
	if (SUCCEEDED(result)) {
		result = finish(process, output, limit_ms, exit_status);
		CloseHandle(process);
	}
	if (output->pipe)
		CloseHandle(output->pipe);
	if (output->job)
		CloseHandle(output->job);
	return result;
}

fovea_hresult fovea_run(const fovea_wchar *name, const fovea_wchar *arguments, size_t count,
			uint32_t limit_ms, size_t limit_bytes, struct fovea_bytes *bytes,
			uint32_t *exit_status)
{
	struct output output = { NULL, NULL, bytes, limit_bytes, S_OK };
	wchar_t program[MAX_PATH];
	UINT length = GetSystemDirectoryW(program, MAX_PATH);
	struct fovea_bytes line = { 0 };
	const fovea_wchar space = ' ';
	HRESULT result;

	*exit_status = 0;
	if (!length || length + 1 + wcslen((const wchar_t *)name) >= MAX_PATH)
		return E_INVALIDARG;
	/* A name, not a path: nothing but System32 is looked at. */
	if (wcspbrk((const wchar_t *)name, L"\\/:"))
		return E_INVALIDARG;
	program[length] = L'\\';
	wcscpy(program + length + 1, (const wchar_t *)name);
	result = fovea_quote((const fovea_wchar *)program, 1, &line);
	if (SUCCEEDED(result) && count) {
		line.count -= sizeof(space);
		result = fovea_bytes_add(&line, &space, sizeof(space));
		if (SUCCEEDED(result))
			result = fovea_quote(arguments, count, &line);
	}
	if (SUCCEEDED(result) && line.count / sizeof(space) > COMMAND_LINE_LIMIT)
		result = E_INVALIDARG;
	if (SUCCEEDED(result))
		result = run(program, (wchar_t *)line.data, limit_ms, &output, exit_status);
	fovea_bytes_free(&line);
	return result;
}

#else

fovea_hresult fovea_run(const fovea_wchar *name, const fovea_wchar *arguments, size_t count,
			uint32_t limit_ms, size_t limit_bytes, struct fovea_bytes *bytes,
			uint32_t *exit_status)
{
	(void)name;
	(void)arguments;
	(void)count;
	(void)limit_ms;
	(void)limit_bytes;
	(void)bytes;
	*exit_status = 0;
	return E_NOTIMPL;
}

#endif
