# What the lab needs of the machine it runs on: programs, a Debian mirror, the rights to build.
# shellcheck shell=bash
# shellcheck disable=SC2154  # set by scripts/lab

# program → the Debian package that has it, for both halves of the lab
declare -Ar needed_to_run=([qemu-system-x86_64]=qemu-system-x86 [flock]=util-linux [timeout]=coreutils)
declare -Ar needed_to_build=(
  [debootstrap]=debootstrap [busybox]=busybox-static [cpio]=cpio [modprobe]=kmod [xz]=xz-utils [zstd]=zstd
  [mke2fs]=e2fsprogs [flock]=util-linux [chroot]=coreutils
)

# host_has TABLE: see that the programs of TABLE are there; as root, install the packages of those that are not
host_has() {
  local -n table=$1
  local program missing=()
  for program in "${!table[@]}"; do
    command -v "$program" >/dev/null || missing+=("${table[$program]}")
  done
  # debootstrap checks signatures only if it is given the keys
  [[ $1 != needed_to_build || -e $(archive_keyring) ]] || missing+=(debian-archive-keyring)
  [[ ${#missing[@]} -gt 0 ]] || return 0
  [[ $EUID -eq 0 ]] && command -v apt-get >/dev/null ||
    fail "$exit_bench" "missing on this machine: ${missing[*]}; as root: apt-get install ${missing[*]}"
  say "installing ${missing[*]}"
  apt-get update -qq >&2 || fail "$exit_bench" "apt-get update failed, so ${missing[*]} cannot be installed"
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2 ||
    fail "$exit_bench" "apt-get could not install ${missing[*]}"
}

archive_keyring() { echo /usr/share/keyrings/debian-archive-keyring.gpg; }

# The Debian mirror that this machine's own apt uses: whoever set the machine up chose it, and it is reachable.
debian_mirror() {
  if [[ -n ${BTTEST_LAB_MIRROR-} ]]; then
    echo "$BTTEST_LAB_MIRROR"
    return
  fi
  local mirror
  # the archive proper, not security: all three suites are on it
  mirror=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk -F'|' '$1 == "Debian" && $2 == "Debian" { print $3; exit }')
  [[ -n $mirror ]] ||
    fail "$exit_bench" "apt here knows no Debian archive; name one in BTTEST_LAB_MIRROR (apt-get update first if it should)"
  echo "$mirror"
}
