#!/usr/bin/env bash
# Lays out the image's root file system: rootfs.sh --fovea FILE --to DIR [--sysroot DIR]
#
#   --fovea FILE   the agent, built for amd64 or arm64
#   --to DIR       a folder that does not exist yet
#   --sysroot DIR  a Debian with the libraries that the agent is linked with; / unless another is named, as it has to
#                  be where the agent is built for another architecture than this machine's
#
# In it: the agent without its symbols, the shared libraries that it is linked with and their licences, the
# certificates of public authorities, and an SBOM (SPDX 2.3) in usr/share/sbom. Everything belongs to root, nobody
# may write to it, and every time is SOURCE_DATE_EPOCH (0 without one): the same program gives the same bytes.
#
# Needs root (for the owner), binutils, jq and Debian's ca-certificates; binutils' strip knows programs of this machine's
# architecture only, and STRIP='llvm-objcopy --strip-all' those of all. Exit status: 0, or 1 with what is missing.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
fovea='' root='' sysroot=''

die() { printf 'rootfs.sh: %s\n' "$*" >&2; exit 1; }
usage() { sed -n '2,15s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

while (($#)); do
    case $1 in
        -h | --help) usage; exit 0 ;;
        --fovea | --to | --sysroot)
            (($# > 1)) || die "$1 needs a value"
            case $1 in --fovea) fovea=$2 ;; --to) root=$2 ;; *) sysroot=${2%/} ;; esac
            shift 2
            ;;
        *) usage >&2; die "no such option: $1" ;;
    esac
done
[[ -x $fovea ]] || die "--fovea: no program at '$fovea'; build one with: make build"
[[ $root && ! -e $root ]] || die "--to: '$root' is there already, or was not given"
((EUID == 0)) || die 'needs root: the files of an image belong to root'
for program in readelf jq dpkg-query; do
    command -v "$program" >/dev/null || die "no $program here; Debian has it in ${program/readelf/binutils}"
done
case $(LC_ALL=C readelf -h "$fovea" | sed -n 's/^ *Machine: *//p') in
    *X86-64) triplet=x86_64-linux-gnu ;;
    AArch64) triplet=aarch64-linux-gnu ;;
    *) die "$fovea is for neither amd64 nor arm64" ;;
esac
readonly triplet
readonly certificates=/etc/ssl/certs/ca-certificates.crt
[[ -r $certificates ]] || die "no $certificates; Debian has it in ca-certificates"

umask 022
# What is mounted over in a pod has to be there, since nothing can be made later.
mkdir -p "$root"/{dev,proc,sys,run/fovea,run/netns,etc/fovea,etc/ssl/certs,usr/bin,usr/share/sbom}
install -m 755 "$fovea" "$root/usr/bin/fovea"
${STRIP:-strip} "$root/usr/bin/fovea" || die "$fovea cannot be stripped: is it of another architecture? Then set STRIP"
cp "$certificates" "$root/etc/ssl/certs/"
printf 'root:x:0:0::/:\n' >"$root/etc/passwd"
printf 'root:x:0:\n' >"$root/etc/group"

# Each library where the loader looks for it, by what program and libraries themselves say they need. Some, like Swift's in
# a build that is not static, are found by a path beside the compiler: the loader's own folder is as good.
listed=$(mktemp)
trap 'rm -f "$listed"' EXIT
dynamic() { LC_ALL=C readelf -d "$1" | sed -nE "s/.*\\(($2)\\).*\\[(.*)\\]/\\2/p"; } # FILE TAG: its values

find_library() { # NAME FILE: where what FILE needs is found, without the sysroot
    local name=$1 file=$2 folder
    local -a folders
    IFS=: read -ra folders < <(dynamic "$file" 'RUNPATH|RPATH') || true
    for folder in "${folders[@]//\$ORIGIN/$(dirname "$file")}" {/lib,/usr/lib}{/"$triplet",}; do
        folder=${folder#"$sysroot"}
        if [[ $folder && -e $sysroot$folder/$name ]]; then echo "$folder/$name"; return; fi
    done
    return 1
}

interpreter=$(LC_ALL=C readelf -l "$fovea" | sed -n 's/.*program interpreter: \(.*\)\]/\1/p')
[[ $interpreter && -e $sysroot$interpreter ]] || die "no $interpreter in ${sysroot:-/}, which starts $fovea"
declare -A seen=(["${interpreter##*/}"]=1)
install -D -m 755 "$(realpath "$sysroot$interpreter")" "$root$interpreter"
printf '%s\t%s\n' "$sysroot$interpreter" "$interpreter" >>"$listed"
waiting=("$fovea")
while ((${#waiting[@]})); do
    file=${waiting[0]}
    waiting=("${waiting[@]:1}")
    while read -r name; do
        if [[ ${seen[$name]:-} ]]; then continue; fi
        seen[$name]=1
        library=$(find_library "$name" "$file") || die "no $name in ${sysroot:-/}, which $file needs"
        case $library in
            /lib/"$triplet"/* | /usr/lib/"$triplet"/*) to=$library ;;
            *) to=/lib/$triplet/$name ;;
        esac
        install -D -m 755 "$(realpath "$sysroot$library")" "$root$to"
        printf '%s\t%s\n' "$sysroot$library" "$to" >>"$listed"
        waiting+=("$sysroot$library")
    done < <(dynamic "$file" NEEDED)
done

"$here/sbom.sh" --root "$root" --libraries "$listed" --sysroot "$sysroot/" >"$root/usr/share/sbom/fovea.spdx.json"
find "$root" -exec touch -h -d "@${SOURCE_DATE_EPOCH:-0}" {} +
printf 'rootfs.sh: %s: %s in %d files\n' "$root" "$(du -sh --apparent-size "$root" | cut -f1)" \
    "$(find "$root" -type f | wc -l)"
