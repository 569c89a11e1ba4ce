#!/usr/bin/env bash
# Runs agent.guest.sh, and with it the agent, on Debian's kernels: run.sh with the right payload.
set -euo pipefail

usage() {
    cat <<'USAGE'
Usage: agent.sh [--bin DIR] [RUN_OPTION...]

Boots each kernel and checks there that the agent loads, attaches, counts exactly and leaves nothing
behind. RUN_OPTION is any option of run.sh, such as --kernels "5.10 6.1 6.12 sid" or --timeout 900.

  --bin DIR  where fovea and traffic are; default .build/release
  -h, --help this text
USAGE
}

die() { printf 'agent.sh: %s\n' "$*" >&2; exit 2; }

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$here/../../.build/release
options=()
while (($#)); do
    case $1 in
        -h | --help) usage; exit 0 ;;
        --bin) bin=${2:?--bin needs a folder}; shift ;;
        *) options+=("$1") ;;
    esac
    shift
done

PATH=$PATH:/usr/sbin
bpftool=$(command -v bpftool) || die 'bpftool is missing; install it with: apt-get install -y bpftool'
for file in fovea traffic; do
    [[ -x $bin/$file ]] || die "no $bin/$file; build it with: swift build -c release"
done
exec "$here/run.sh" --timeout 600 ${options[@]+"${options[@]}"} --guest "$here/agent.guest.sh" \
    "$bin/fovea" "$bin/traffic" "$bpftool"
