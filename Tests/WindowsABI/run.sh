#!/usr/bin/env bash
# The C half of the Windows backend for real: compiled by mingw-w64, run under Wine against DLLs with the
# names and signatures of Windows' own, against Wine's own IP Helper, and starting real programs.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
readonly here root work

fail() { echo "windows-abi: $*" >&2; exit 1; }
command -v x86_64-w64-mingw32-gcc >/dev/null || fail 'no x86_64-w64-mingw32-gcc; install mingw-w64'
# Debian keeps it out of PATH.
wine=$(command -v wine64 || true)
[[ $wine ]] || wine=/usr/lib/wine/wine64
[[ -x $wine ]] || fail 'no wine64; install wine64'
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d' DISPLAY=

# The server of this prefix and of no other.
end() {
    wineserver -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true
    wineserver -w 2>/dev/null || /usr/lib/wine/wineserver64 -w 2>/dev/null || true
    rm -rf "$work"
}
trap end EXIT

gcc=(x86_64-w64-mingw32-gcc -std=gnu11 -O1 -Wall -Wextra -Werror -Wno-unknown-pragmas
    -D_Nullable= -D_Nonnull= -D_WIN32_WINNT=0x0A00 -DNTDDI_VERSION=0x0A000008
    -I "$root/windows-stubs/include")
ours=(-I "$root/windows-stubs")
"${gcc[@]}" "${ours[@]}" -Wno-attributes -fsyntax-only "$here/sdk-check.c"
echo "windows-abi: windows-stubs/sdk declares what mingw-w64 declares"
# The check can fail: an offset and a signature that are wrong are both found.
for mistake in 's/MIB_IF_ROW2, InOctets, 1208/MIB_IF_ROW2, InOctets, 1200/' 's/PWSTR \*Networks/PCWSTR *Networks/'; do
    mkdir "$work/planted"
    cp -r "$root/windows-stubs/sdk" "$work/planted"
    sed -i "$mistake" "$work"/planted/sdk/*.h
    if "${gcc[@]}" -Wno-attributes -I "$work/planted" -fsyntax-only -x c - <"$here/sdk-check.c" 2>"$work/planted.log"; then
        fail "a planted mistake was not found: $mistake"
    fi
    grep -qE 'static assertion failed|conflicting types' "$work/planted.log" ||
        fail "a planted mistake failed for another reason: $(head -n 3 "$work/planted.log")"
    rm -r "$work/planted"
done
echo 'windows-abi: a wrong offset and a wrong signature are found'

for dll in computenetwork vmcompute pktmonapi pdh etw iphelper; do
    "${gcc[@]}" "${ours[@]}" -Wno-attributes -shared -o "$work/$dll.dll" "$here/fake-$dll.c" -lole32
done
mv "$work/etw.dll" "$work/fovea-etw.dll"
mv "$work/iphelper.dll" "$work/fovea-iphelper.dll"
"${gcc[@]}" -municode -o "$work/fovea-echo.exe" "$here/echo.c"
libraries=(-lole32 -lws2_32 -luuid)
mkdir "$work/objects"
(cd "$work/objects" &&
    "${gcc[@]}" "${ours[@]}" -DFOVEA_ETW_DLL='"fovea-etw.dll"' -c "$here"/probe*.c "$root"/windows-stubs/*.c)
"${gcc[@]}" -o "$work/probe.exe" "$work"/objects/*.o "${libraries[@]}"
# Another one for compartments: Wine has none, and its own IP Helper is in use.
"${gcc[@]}" "${ours[@]}" -DFOVEA_IPHELPER_DLL='"fovea-iphelper.dll"' -c -o "$work/objects/iphelper.o" \
    "$root/windows-stubs/iphelper.c"
"${gcc[@]}" -o "$work/probe-compartments.exe" "$work"/objects/*.o "${libraries[@]}"
cd "$work"
imports=$(x86_64-w64-mingw32-objdump -p probe.exe | sed -n 's/.*DLL Name: //p')
if grep -qiE 'computenetwork|vmcompute|pktmonapi|iphlpapi|pdh|advapi32' <<<"$imports"; then
    fail "the loader imports: $imports"
fi

timeout 60 "$wine" wineboot -i >/dev/null 2>&1 || fail 'wineboot failed'
probe() { timeout 60 "$wine" probe.exe "$@" || fail "probe $* failed"; }
system32=$WINEPREFIX/drive_c/windows/system32
# Here the DLLs lie beside the probe only, and must not be taken.
probe missing
for dll in vmcompute computenetwork pktmonapi; do cp pdh.dll "$system32/$dll.dll"; done
probe exports
cp computenetwork.dll vmcompute.dll pktmonapi.dll pdh.dll fovea-etw.dll fovea-echo.exe "$system32"
WINEDLLOVERRIDES="$WINEDLLOVERRIDES;pdh=n" probe fakes
probe iphelper
cp fovea-iphelper.dll "$system32"
timeout 60 "$wine" probe-compartments.exe compartments || fail 'probe compartments failed'
probe programs
echo 'windows-abi: all passed'
