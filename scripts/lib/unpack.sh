# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Unpacks the packages of a plan below build/deps and makes them usable from there. To be sourced
# after apt.sh.

# Raise it when what this file makes of the packages changes: everything is then unpacked anew.
UNPACK_FORMAT=4
# Of a kernel image's modules, what the nested host may want: unpacking all would take a gigabyte.
MODULE_FOLDERS="block crypto lib fs/9p fs/ext4 fs/fuse fs/jbd2 fs/netfs fs/mbcache* fs/fscache
	net/9p net/vmw_vsock
	drivers/block drivers/char drivers/vhost drivers/virtio drivers/net/tun* drivers/net/tap*
	drivers/net/virtio*
	drivers/net/net_failover* net/core drivers/vfio drivers/iommu"

unpack_image()
{
	local deb=$1 root=$2 folder patterns=()

	for folder in $MODULE_FOLDERS; do
		patterns+=("*/kernel/$folder")
	done
	# A package may hold only some of these (from 7.x on, kernel and modules are apart): tar
	# says so and goes on.
	dpkg-deb --fsys-tarfile "$deb" | tar -C "$root" -x --wildcards --wildcards-match-slash \
		'./boot/*' '*/vmlinuz' '*/config' '*/modules.builtin*' '*/modules.order' \
		"${patterns[@]}" 2> /dev/null || true
}

# unpack_resets DEB ROOT: of a kernel image a watchdog's driver and the file system of UEFI's
# variables, of UEFI what has no keys in its variables, as each such file takes 64 MiB.
unpack_resets()
{
	case $1 in
	*/linux-image-*)
		dpkg-deb --fsys-tarfile "$1" |
			tar -C "$2" -x --transform 's|.*/||' --wildcards \
				'*/i6300esb.ko*' '*/efivarfs.ko*'
		find "$2" -name '*.ko.xz' -exec xz -d {} + ;;
	*)
		dpkg-deb --fsys-tarfile "$1" |
			tar -C "$2" -x --transform 's|.*/||' --wildcards \
				'*/AAVMF_CODE.fd' '*/AAVMF_VARS.fd' ;;
	esac
}

# wrap_tools ROOT: kbuild's tools run with the C library that came along, if one did.
wrap_tools()
{
	local root=$1 loader tool to

	loader=$(find "$root/usr/lib" -mindepth 2 -name 'ld-linux-*.so.*' | head -1)
	[ -n "$loader" ] || return 0
	find "$root"/usr/lib/linux-kbuild-* -type f -perm -1 ! -name '*.so*' |
		while IFS= read -r tool; do
			[ "$(head -c 4 "$tool")" = $'\x7fELF' ] || continue
			to=$(realpath --relative-to="$(dirname "$tool")" "$loader")
			mv "$tool" "$tool.elf"
			cat > "$tool" <<-EOF
			#!/bin/sh
			# Written by scripts/setup.
			here=\${0%/*}
			exec "\$here/$to" --library-path "\$here/${to%/*}" --argv0 "\$0" \\
				"\$0.elf" "\$@"
			EOF
			chmod +x "$tool"
		done
}

# repair_headers ROOT: lets kernel headers from Debian 13 build modules with the tools of Debian 12.
repair_headers()
{
	local root=$1 link headers tools pahole

	wrap_tools "$root"
	for link in "$root"/usr/src/*/scripts; do
		[ -L "$link" ] || continue
		# Headers refer to kbuild's tools by their own version; on Debian 12 the tools'
		# package is called otherwise.
		tools=$root/usr/lib/$(basename "$(dirname "$(readlink "$link")")")
		[ -e "$tools" ] ||
			ln -s "$(basename "$(echo "$root"/usr/lib/linux-kbuild-*)")" "$tools"
		[[ $("$tools/scripts/basic/fixdep" 2>&1 || true) == *[Uu]sage* ]] ||
			fail 1 "kbuild's tools in $tools do not run on this system"
		headers=${link%/scripts}
		[ -f "$headers/.kernelvariables" ] || continue
		# The compiler's major version that Debian built the kernel with need not be the one
		# at hand,
		sed -i -E 's/gcc-[0-9]+$/gcc/' "$headers/.kernelvariables"
		# nor need it know this option of gcc 14; without it kbuild aligns functions by an
		# older one.
		aarch64-linux-gnu-gcc -fmin-function-alignment=8 -x c -c /dev/null -o /dev/null \
			2> /dev/null ||
			sed -i '/CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT/d' \
				"$headers/include/config/auto.conf" \
				"$headers/include/generated/autoconf.h"
		# A module needs no type information of its own, and Debian 12's pahole can't make
		# what 6.12 wants. Only make's copy of the setting goes: the C one decides the
		# layout of struct module.
		sed -i '/CONFIG_DEBUG_INFO_BTF_MODULES/d' "$headers/include/config/auto.conf"
		# So pahole's version does not matter, of which 7.3 warns.
		pahole=$("$tools/scripts/pahole-version.sh" pahole 2> /dev/null || true)
		sed -i -E "s/^(CONFIG_PAHOLE_VERSION=).*/\1$pahole/" \
			"$headers/include/config/auto.conf"
	done
}

repair_kernel()
{
	local root=$1 module version image

	repair_headers "$root"
	# From 7.3 on, Debian's packages hold the kernel beside its modules.
	for image in "$root"/usr/lib/modules/*/vmlinuz; do
		[ -f "$image" ] || continue
		mkdir -p "$root/boot"
		mv "$image" "$root/boot/vmlinuz-$(basename "$(dirname "$image")")"
	done
	version=$(basename "$(echo "$root"/boot/vmlinuz-*)")
	version=${version#vmlinuz-}
	[ "$version" != '*' ] ||
		fail 1 "no kernel in the packages unpacked to $root: run 'scripts/setup --refresh'"
	# The nested host's busybox loads plain modules only.
	[ -d "$root/lib/modules" ] ||
		{ mkdir -p "$root/lib"; ln -s ../usr/lib/modules "$root/lib/modules"; }
	find "$root/lib/modules/" -name '*.ko.xz' -exec xz -d {} +
	find "$root/lib/modules/" -name '*.ko.zst' -exec zstd -q -d --rm {} +
	for module in "$root/lib/modules/$version"/modules.order \
		"$root/lib/modules/$version"/modules.builtin; do
		[ ! -f "$module" ] || sed -i -E 's/\.ko\.(xz|zst)$/.ko/' "$module"
	done
	PATH=$PATH:/usr/sbin:/sbin depmod -b "$root" "$version" ||
		fail 1 "depmod could not index the modules below $root"
	echo "$version" > "$root/version"
}

# QEMU runs from where it was unpacked, with the libraries that came along.
write_qemu_wrapper()
{
	local root=$DEPS/qemu arch libraries

	arch=$(gcc -print-multiarch 2>/dev/null || echo x86_64-linux-gnu)
	libraries=$root/usr/lib/$arch:$root/lib/$arch
	cat > "$DEPS/qemu-system-aarch64" <<-EOF
	#!/bin/sh
	# Written by scripts/setup: QEMU, unpacked but not installed.
	LD_LIBRARY_PATH=$libraries\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}
	export LD_LIBRARY_PATH
	exec $root/usr/bin/qemu-system-aarch64 -L $root/usr/share/qemu "\$@"
	EOF
	chmod +x "$DEPS/qemu-system-aarch64"
	"$DEPS/qemu-system-aarch64" --version > /dev/null ||
		fail 1 "the unpacked QEMU does not run: the system's packages may have" \
			"changed; run" \
			"'make distclean', then scripts/setup --refresh"
}

# CBMC and its companions run with the C library that came along: build/deps/run-cbmc, run-goto-cc,
# ...
write_cbmc_wrappers()
{
	local root=$DEPS/cbmc tool loader libraries

	loader=$(find "$root/usr/lib" -mindepth 2 -name 'ld-linux-*.so.*' | head -1)
	libraries=$(dirname "$loader"):$root/usr/lib
	for tool in cbmc goto-cc goto-instrument goto-analyzer; do
		[ -x "$root/usr/bin/$tool" ] || continue
		cat > "$DEPS/run-$tool" <<-EOF
		#!/bin/sh
		# Written by scripts/setup: CBMC, unpacked but not installed.
		exec $loader --library-path $libraries $root/usr/bin/$tool "\$@"
		EOF
		chmod +x "$DEPS/run-$tool"
	done
	"$DEPS/run-cbmc" --version > /dev/null ||
		fail 1 "the unpacked CBMC does not run: run 'make distclean', then" \
		"scripts/setup --tests --refresh"
}

# What a folder was unpacked from.
stamp_of()
{
	echo "format $UNPACK_FORMAT"
	grep "^$1 " "$2"
}

# unpack_one PLAN DEST: unpacks beside, then swaps, so that an interrupted run leaves no half of it
# behind.
unpack_one()
{
	local plan=$1 dest=$2 root=$DEPS/$2 stamp=$DEPS/$2.stamp place file

	say "unpacking $dest to ${root#"$TOP"/}"
	rm -rf "$root.new" "$root.old" "$stamp"
	mkdir -p "$root.new"
	while read -r place file _; do
		[ "$place" = "$dest" ] || continue
		case $dest/$file in
		resets/*) unpack_resets "$ARCHIVES/$file" "$root.new" ;;
		*/linux-image-*|*/linux-base-*|*/linux-binary-*|*/linux-modules-*) unpack_image \
			"$ARCHIVES/$file" "$root.new" ;;
		*) dpkg-deb -x "$ARCHIVES/$file" "$root.new" ;;
		esac
	done < "$plan"
	case $dest in
	linux-*) repair_kernel "$root.new" ;;
	headers-*) repair_headers "$root.new" ;;
	esac
	[ ! -d "$root" ] || mv "$root" "$root.old"
	mv "$root.new" "$root"
	rm -rf "$root.old"
	case $dest in
	qemu) write_qemu_wrapper ;;
	cbmc) write_cbmc_wrappers ;;
	esac
	stamp_of "$dest" "$plan" > "$stamp"
}

# unpack_all PLAN: every destination whose packages changed is unpacked anew, side by side.
unpack_all()
{
	local plan=$1 dest job status=0 jobs=()

	while read -r dest; do
		[ ! -d "$DEPS/$dest" ] || ! stamp_of "$dest" "$plan" |
			cmp -s - "$DEPS/$dest.stamp" || continue
		unpack_one "$plan" "$dest" &
		jobs+=($!)
	done < <(cut -d' ' -f1 "$plan" | sort -u)
	for job in "${jobs[@]}"; do
		wait "$job" || status=1
	done
	[ $status = 0 ] ||
		fail 1 \
		"unpacking failed (see above); is there space left in $DEPS and $CACHE? Then run" \
		"scripts/setup again"
}
