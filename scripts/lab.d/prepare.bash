# Builds what a suite's virtual machine boots: the disk (Debian with bluez, Bumble and the kernel's modules), the kernel,
# the initrd. Everything is named by a hash of this recipe, built beside its place and renamed, so the cache holds only
# whole builds of the recipe at hand.
# shellcheck shell=bash
# shellcheck disable=SC2154  # set by scripts/lab

# dbus-fast: the client of the recordings and of the benchmark's floor
readonly python_packages=(bumble==0.0.236 dbus-fast==5.2.0)
readonly debian_packages=(bluez bluez-test-tools dbus iproute2 kmod procps python3 python3-venv systemd)

# the parts of the kernel's module tree that a machine without hardware can use
readonly module_parts=(
  arch crypto lib fs/9p fs/netfs fs/fscache fs/ext4 fs/jbd2 fs/mbcache.ko* net/9p net/bluetooth net/rfkill
  drivers/block/virtio_blk.ko* drivers/bluetooth drivers/char/hw_random drivers/char/virtio_console.ko*
  drivers/hid drivers/virtio
)
# what the initrd loads to reach the disk, in this order
readonly disk_modules=(virtio_pci virtio_blk ext4)
# What the guest loads. Without drbg the kernel has no ECDH, and then no Secure Connections pairing. The rest would be
# loaded on first use, at a moment that is being measured.
readonly guest_modules=(
  9pnet_virtio 9p virtio_console drbg ecdh_generic cmac ecb algif_hash algif_skcipher bluetooth hci_vhci rfcomm bnep hidp uhid
)

# prepared SUITE: the folder of SUITE's build of this recipe, whether it is there or not
prepared() {
  local recipe
  recipe=$(cat "$lab_root/scripts/lab.d/prepare.bash" "$lab_root/fixtures/lab/guest/initrd-init" | sha256sum)
  echo "$lab_cache/$1-${recipe:0:12}"
}

prepare() {
  local suite=$1 place started=$SECONDS
  place=$(prepared "$suite")
  if [[ -e $place ]]; then
    say "$suite is ready"
    return
  fi
  [[ $EUID -eq 0 ]] || fail "$exit_bench" "$suite is not built yet, and building it needs root (debootstrap, chroot)"
  host_has needed_to_build
  mkdir -p "$lab_cache"
  # not in an `||` or `if`: bash would ignore set -e in all that is below
  (
    exec {lock}>"$lab_cache/$suite.lock"
    flock -n "$lock" || { say "waiting for another prepare of $suite"; flock "$lock"; }
    [[ ! -e $place ]] || exit 0
    # with the lock held, whatever else is named after the suite is of another recipe or was left half-built
    rm -rf "$lab_cache/$suite"-*
    work=$lab_cache/$suite-building
    trap 'rm -rf --one-file-system "$work"' EXIT
    mkdir "$work"
    build "$suite" "$work"
    mv "$work/done" "$place"
  )
  say "$suite built in $((SECONDS - started)) s, $(du -sh "$place" | cut -f1) in $place"
}

# build SUITE WORK: leave disk, vmlinuz, initrd and versions in WORK/done; WORK/log has what the programs said
build() {
  local suite=$1 work=$2 root=$2/root version
  mkdir "$work/done"
  step "Debian $suite by debootstrap" make_root "$suite" "$root"
  step "the kernel" add_kernel "$root" "$work"
  step "Bumble, from PyPI" add_python "$root"
  version=$(ls "$root/usr/lib/modules")
  cp "$work"/kernel/boot/vmlinuz-* "$work/done/vmlinuz" 2>/dev/null ||
    cp "$work/kernel/usr/lib/modules/$version/vmlinuz" "$work/done/vmlinuz" ||
    fail "$exit_bench" "the kernel package of $suite has no vmlinuz where one was looked for"
  step "the initrd" make_initrd "$root" "$version" "$work"
  step "the disk" make_disk "$root" "$work/done/disk"
}

# step WHAT COMMAND…: say WHAT, do it quietly, and show the end of its log if it fails
step() {
  local what=$1 log=$work/log
  shift
  say "$suite: $what"
  set +e
  (set -e; "$@") >"$log" 2>&1 </dev/null
  local status=$?
  set -e
  [[ $status -eq 0 ]] || fail "$exit_bench" "$suite: $what failed:
$(tail -n 15 "$log" | sed 's/^/    /')"
}

make_root() {
  local suite=$1 root=$2 mirror include
  mirror=$(debian_mirror)
  include=$(IFS=,; echo "${debian_packages[*]}")
  # the script is named because an older debootstrap does not know the newer suites; they are all as sid
  debootstrap --variant=minbase --keyring="$(archive_keyring)" --include="$include" \
    "$suite" "$root" "$mirror" /usr/share/debootstrap/scripts/sid
  cp /etc/resolv.conf "$root/etc/resolv.conf"
}

# Only unpacked: an installed kernel would want an initramfs generator and a boot loader.
add_kernel() {
  local root=$1 work=$2 version part
  # a mirror that is some days behind serves as well; signatures are still checked
  chroot "$root" apt-get -o Acquire::Check-Valid-Until=false update
  mkdir "$root/kernel" "$work/kernel"
  # one package up to trixie, an empty one with linux-binary and linux-modules beside it later
  chroot "$root" apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
    --no-enhances linux-image-amd64 | grep -oE '^linux-(image|binary|modules)-[0-9][^ ]*' >"$work/packages"
  (cd "$root/kernel" && xargs -a "$work/packages" chroot "$root" sh -c 'cd /kernel && apt-get download "$@"' sh)
  for part in "$root"/kernel/*.deb; do dpkg -x "$part" "$work/kernel"; done
  rm -r "$root/kernel"
  [[ -d $work/kernel/usr/lib/modules ]] || { mkdir -p "$work/kernel/usr/lib"; mv "$work/kernel/lib/modules" "$work/kernel/usr/lib/"; }
  version=$(ls "$work/kernel/usr/lib/modules")
  mkdir -p "$root/usr/lib/modules/$version/kernel"
  # what the kernel has built in, so that asking for it as a module is no error; from forky on no package tells
  find "$work/kernel/usr/lib/modules/$version" -maxdepth 1 -name 'modules.*' -exec cp -t "$root/usr/lib/modules/$version/" {} +
  (
    cd "$work/kernel/usr/lib/modules/$version/kernel"
    shopt -s nullglob
    # shellcheck disable=SC2068  # patterns, to be expanded; a part that a kernel has built in is not there
    for part in ${module_parts[@]}; do [[ ! -e $part ]] || cp -r --parents "$part" "$root/usr/lib/modules/$version/kernel/"; done
  )
  # Plain files load without the kernel's or kmod's unpacking, which is slow in an emulated machine
  find "$root/usr/lib/modules" -name '*.ko.xz' -exec xz -d {} +
  find "$root/usr/lib/modules" -name '*.ko.zst' -exec zstd -q -d --rm {} +
  depmod -b "$root" "$version"
  # those that are modules in this kernel; the others are built in, or the guest says which part does not come up
  for part in "${guest_modules[@]}"; do
    ! modprobe -d "$root" -S "$version" --show-depends "$part" || echo "$part"
  done | grep -v '^insmod\|^builtin' >"$root/etc/lab-modules"
}

add_python() {
  local root=$1 name
  # How this machine reaches the package index is its own affair: pip gets its settings and the certificates that
  # they and the environment name, at the same paths, in place of Debian's. The guest itself has no network.
  for name in "${PIP_CERT-}" "${SSL_CERT_FILE-}" "${REQUESTS_CA_BUNDLE-}" /etc/ssl/certs/ca-certificates.crt /etc/pip.conf; do
    [[ -n $name && -f $name ]] || continue
    mkdir -p "$(dirname "$root$name")"
    cp --remove-destination "$name" "$root$name"
  done
  chroot "$root" python3 -m venv /opt/lab
  chroot "$root" env -u PIP_FIND_LINKS /opt/lab/bin/pip install --quiet --only-binary :all: "${python_packages[@]}"
}

# The smallest thing that finds the disk: busybox and the modules between the kernel and ext4.
make_initrd() {
  local root=$1 version=$2 work=$3 tree=$3/initrd module file
  mkdir -p "$tree"/{bin,modules,proc,sys,dev,new}
  cp "$(command -v busybox)" "$tree/bin/busybox"
  for module in sh mount insmod switch_root echo; do ln -s busybox "$tree/bin/$module"; done
  for module in "${disk_modules[@]}"; do
    # not there: built in; if it is not that either, the guest's console says that it cannot mount the disk
    modprobe -d "$root" -S "$version" --show-depends "$module" || true
  done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r file; do
    cp "$file" "$tree/modules/"
    basename "$file" >>"$tree/modules/order"
  done
  install -m 755 "$lab_root/fixtures/lab/guest/initrd-init" "$tree/init"
  (cd "$tree" && find . | cpio -o -H newc --quiet) >"$work/done/initrd"
}

# One read-only image, not a shared folder: Python opens hundreds of files, and each one over 9p is a round trip.
make_disk() {
  local root=$1 disk=$2 size
  chroot "$root" apt-get clean
  rm -rf "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale,info} "$root"/var/cache/*
  mkdir -p "$root"/{project,out,lab}
  size=$(($(du -sm "$root" | cut -f1) * 5 / 4 + 256))
  mke2fs -q -t ext4 -O '^has_journal,^metadata_csum' -m 0 -d "$root" "$disk" "${size}M"
}
