/*
 * Stands for vfpctrl: says what arguments it got, one a line, as UTF-16 in hexadecimal; or, by the first of
 * them, does what a program may do wrong.
 */
#include <windows.h>
#include <stdio.h>
#include <wchar.h>

int wmain(int count, wchar_t **arguments)
{
	const wchar_t *first = count > 1 ? arguments[1] : L"";

	if (wcscmp(first, L"--sleep") == 0) {
		Sleep(60000);
	} else if (wcscmp(first, L"--flood") == 0) {
		for (;;)
			if (fputs("0123456789abcdef\n", stdout) < 0)
				return 1;
	} else if (wcscmp(first, L"--status") == 0) {
		fputs("ERROR: said on standard error\n", stderr);
		return 7;
	} else if (wcscmp(first, L"--leave-child") == 0) {
		/* The child has the pipe, and outlives this one. */
		STARTUPINFOW startup = { .cb = sizeof(startup) };
		PROCESS_INFORMATION child;
		wchar_t line[300] = L"\"";

		GetModuleFileNameW(NULL, line + 1, MAX_PATH);
		wcscat(line, L"\" --sleep");
		if (!CreateProcessW(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &child))
			return 1;
		puts("left");
	} else {
		for (int i = 1; i < count; i++) {
			for (const wchar_t *unit = arguments[i]; *unit; unit++)
				printf("%04x", (unsigned)*unit);
			putchar('\n');
		}
	}
	return 0;
}
