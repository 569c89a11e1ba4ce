#!/usr/bin/env bash
# Records Tests/Fixtures/linux/<kernel>/ on Debian's kernels under QEMU and on the running one.
set -euo pipefail

usage() {
    cat <<'USAGE'
Usage: record.sh [--bin DIR] [--kernels "K..."] [--here NAME] [RUN_OPTION...]

Runs the recorders (record, conntrack, nftables, reasons, records) of Tests/Fixtures/linux/record in each kernel and puts what they
recorded into Tests/Fixtures/linux/<kernel>/. RUN_OPTION is any option of run.sh.

  --bin DIR         where fovea is, whose programs' records are recorded; default .build/release
  --kernels "K..."  5.10, 6.1, 6.12 or sid; default "5.10 6.1 6.12"; "" for none
  --here NAME       record the running kernel too, as NAME, which needs root
  -h, --help        this text

Example: record.sh --here 6.18
USAGE
}

die() { printf 'record.sh: %s\n' "$*" >&2; exit 2; }

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
fixtures=$(cd "$here/../Fixtures/linux" && pwd)
readonly here fixtures
kernels='5.10 6.1 6.12' own='' options=() bin=$here/../../.build/release
while (($#)); do
    case $1 in
        -h | --help) usage; exit 0 ;;
        --bin) bin=${2:?--bin needs a folder}; shift ;;
        --kernels) kernels=${2?--kernels needs a value}; shift ;;
        --here) own=${2:?--here needs a name}; shift ;;
        *) options+=("$1") ;;
    esac
    shift
done
[[ -x $bin/fovea ]] || die "no $bin/fovea; build it with: swift build -c release"
command -v python3 >/dev/null || die 'python3 is missing; install it with: apt-get install -y python3'
work=$(mktemp -d -t fovea-record.XXXXXX)
trap 'rm -rf "$work"' EXIT

put() { # KERNEL: replaces its fixtures with the archive on standard input
    mkdir "$work/$1" && tar -xz -C "$work/$1"
    [[ -s $work/$1/netlink/links.hex ]] || die "nothing was recorded on $1"
    rm -rf "${fixtures:?}/$1" && mv "$work/$1" "$fixtures/$1"
    echo "recorded $fixtures/$1"
}

python_payload() { # the interpreter and those of its modules that the recorder uses, with what these load
    local library
    library=$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
    mkdir -p "$work/python/lib/${library##*/}"
    cp -L "$(python3 -c 'import sys; print(sys.executable)')" "$work/python/python3"
    (cd "$library" && tar -c --exclude __pycache__ --exclude site-packages --exclude ensurepip --exclude test --exclude 'config-*' --exclude lib2to3 \
        --exclude idlelib --exclude '_test*' --exclude '_ssl*' --exclude '_sqlite3*' --exclude '_dbm*' \
        --exclude '_curses*' --exclude 'readline*' --exclude 'nis.*' .) | tar -x -C "$work/python/lib/${library##*/}"
}

if [[ $own ]]; then
    "$fixtures/record/record.py" "$work/own" 'Tests/KernelMatrix/record.sh'
    "$fixtures/record/conntrack.py" "$work/own/netlink" 'Tests/KernelMatrix/record.sh'
    "$fixtures/record/nftables.py" "$work/own/netlink" 'Tests/KernelMatrix/record.sh'
    "$fixtures/record/reasons.py" "$work/own/btf" 'Tests/KernelMatrix/record.sh'
    "$fixtures/record/records.py" "$work/own" 'Tests/KernelMatrix/record.sh' "$bin/fovea"
    tar -cz -C "$work/own" . | put "$own"
fi
[[ $kernels == *[![:space:]]* ]] || exit 0
python_payload
"$here/run.sh" --kernels "$kernels" ${options[@]+"${options[@]}"} --guest "$here/record.guest.sh" \
    "$work/python" "$fixtures/record" "$bin/fovea" | tee "$work/log" | grep -v 'FOVEA-RECORD'
for kernel in $kernels; do
    sed -n "s/^\[$kernel\] FOVEA-RECORD //p" "$work/log" | base64 -d | put "$kernel"
done
