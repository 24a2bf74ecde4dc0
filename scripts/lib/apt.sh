# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A private apt: packages of Debian 12 and 13, amd64 and arm64, looked up and downloaded without
# touching the system's own apt configuration or package database. To be sourced after common.sh.
#
# Two views exist: "native" (the system's release, on Debian 12 with its backports: for what must
# run here) and "all" (both releases with their backports: for kernels). They share the package
# lists in $CACHE/apt.

APT_DIR=$BUILD/apt
ARCHIVES=$CACHE/archives
KEYRING=/usr/share/keyrings/debian-archive-keyring
BUILD_ARCH=$(dpkg --print-architecture)
# shellcheck disable=SC1091  # a file of the system
CODENAME=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-unknown}")

# Prints the packages of this architecture that are installed, and what they provide, one a line:
# Debian 12 for arm64 has gcc-aarch64-linux-gnu only as something that its gcc provides.
installed_packages()
{
	dpkg-query -W -f '${db:Status-Status} ${Architecture} ${Package}, ${Provides}\n' |
		sed -nE "s/^installed ($BUILD_ARCH|all) //p" | tr , '\n' |
		sed -E 's/^ +//; s/[ (].*//; /^$/d' | sort -u
}

# Prints the system's Debian entries as "URI SUITE" lines. Entries of another keyring or without the
# component main are a third party's, even when they use Debian's suite names.
configured_entries()
{
	local file

	# One-line form: deb [option=value ...] URI SUITE COMPONENT...
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ ! -r "$file" ] || { cat "$file"; echo; }
	done | awk '
		$1 != "deb" { next }
		{
			sub(/#.*/, "")
			options = ""
			if (match($0, /\[[^]]*\]/)) {
				options = substr($0, RSTART, RLENGTH)
				$0 = substr($0, 1, RSTART - 1) substr($0, RSTART + RLENGTH)
			}
			if (options ~ /signed-by=/ && options !~ /debian-archive-/) next
			for (i = 4; i <= NF; i++) if ($i == "main") { print $2, $3; next }
		}'
	# deb822 form: stanzas of "Field: value", lists may go on in indented lines.
	for file in /etc/apt/sources.list.d/*.sources; do
		[ ! -r "$file" ] || { cat "$file"; echo; }
	done | awk '
		function flush(   u, s, i, j, nu, ns) {
			if (f["types"] ~ /(^| )deb( |$)/ && f["components"] ~ /(^| )main( |$)/ &&
			    f["enabled"] !~ /no/ &&
			    (!("signed-by" in f) || f["signed-by"] ~ /debian-archive-/)) {
				nu = split(f["uris"], u, " "); ns = split(f["suites"], s, " ")
				for (i = 1; i <= nu; i++) for (j = 1; j <= ns; j++) print u[i], s[j]
			}
			split("", f)
		}
		/^#/ { next }
		/^[ \t]*$/ { flush(); next }
		/^[ \t]/ { f[key] = f[key] " " $0; next }
		{ key = tolower(substr($0, 1, index($0, ":") - 1)); $1 = ""; f[key] = $0 }
		END { flush() }'
}

# write_view NAME ARCHIVES-URIS SECURITY-URIS SUITE...: one apt configuration. A suite NAME-security
# comes from the security archive's URIs, the others from the main ones.
write_view()
{
	local name=$1 main=$2 security=$3 key=$KEYRING suite uris
	local dir=$APT_DIR/$name.d

	shift 3
	[ -e "$key.gpg" ] && key=$key.gpg || key=$key.pgp
	mkdir -p "$dir"
	: > "$dir/debian.sources"
	for suite in "$@"; do
		case $suite in
		*-security) uris=$security ;;
		*) uris=$main ;;
		esac
		[ -n "$uris" ] || continue
		printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n\n' \
			"$uris" "$suite" "$key" >> "$dir/debian.sources"
	done
	# The system's proxy and similar settings stay in force: only what is named here differs.
	# Downloads go to a folder below the caller's home, which apt's own user may not enter, so
	# they run as the caller.
	cat > "$APT_DIR/$name.conf" <<-EOF
	APT::Architecture "$BUILD_ARCH";
	APT::Architectures { "amd64"; "arm64"; };
	APT::Sandbox::User "root";
	APT::Get::List-Cleanup "false";
	APT::Default-Release "";
	Acquire::Languages "none";
	Acquire::GzipIndexes "true";
	Acquire::Retries "3";
	Dir::State::lists "$CACHE/apt/lists";
	Dir::Cache "$APT_DIR/$name.cache";
	Dir::Cache::srcpkgcache "";
	Dir::Etc::sourcelist "/dev/null";
	Dir::Etc::sourceparts "$dir";
	Dir::Etc::preferences "/dev/null";
	Dir::Etc::preferencesparts "/dev/null";
	EOF
	mkdir -p "$APT_DIR/$name.cache/archives/partial"
}

# view NAME COMMAND...: runs an apt command in a view. The hooks of the system's configuration
# (caches of a software centre, say) are none of our business.
view()
{
	local name=$1 tool=$2

	shift 2
	APT_CONFIG=$APT_DIR/$name.conf "$tool" -q \
		-o APT::Update::Post-Invoke::= -o APT::Update::Post-Invoke-Success::= "$@"
}

# Writes both views from what the system has configured. $1 = "guess": a system without a security
# entry (as debootstrap leaves it) gets the one that is beside its archive on most mirrors.
write_views()
{
	local guess=${1:-} main security entries native

	entries=$(configured_entries)
	main=$(awk '
		$2 ~ /^(bookworm|trixie|stable|oldstable)(-updates|-backports)?$/ { print $1 }' \
		<<< "$entries" |
		sort -u | tr '\n' ' ')
	security=$(awk \
		'$2 ~ /^(bookworm|trixie|stable|oldstable)-security$/ { print $1 }' <<< "$entries" |
		sort -u | tr '\n' ' ')
	[ -n "$main" ] ||
		fail 1 \
		"no Debian entry (component main, suite $CODENAME) in /etc/apt/sources.list or" \
		"/etc/apt/sources.list.d: add one, run 'apt-get update', then try again"
	if [ -z "$security" ] && [ "$guess" = guess ]; then
		security=$(tr ' ' '\n' <<< "$main" | sed -n 's|/debian/*$|/debian-security|p' |
			tr '\n' ' ')
	fi
	native="$CODENAME $CODENAME-security"
	[ "$CODENAME" = bookworm ] && native="$native bookworm-backports"
	# shellcheck disable=SC2086  # a list of words
	write_view native "$main" "$security" $native
	write_view all "$main" "$security" bookworm bookworm-security bookworm-backports \
		trixie trixie-security trixie-backports
}

# Brings the package lists up to date, into the cache.
update_lists()
{
	local log=$APT_DIR/update.log

	say "fetching the package lists of Debian 12 and 13 (log: ${log#"$TOP"/})"
	mkdir -p "$CACHE/apt/lists/partial" "$APT_DIR"
	write_views guess
	view all apt-get update > "$log" 2>&1 && ! grep -q '^[EW]: Failed' "$log" && return 0
	write_views
	view all apt-get update > "$log" 2>&1 && ! grep -q '^[EW]: Failed' "$log" && return 0
	fail 1 "apt-get update failed: $(grep -m1 '^[EW]:' "$log" | sed 's|://[^/ ]*@|://|g');" \
		"check the network and" \
		"the entries in /etc/apt/sources.list.d, then run scripts/setup again"
}

# describe VIEW DEST PACKAGE...: prints the plan lines of packages: "DEST FILE SIZE SHA256 VIEW
# PACKAGE". PACKAGE is name:arch or name:arch=version.
describe()
{
	local name=$1 dest=$2

	shift 2
	# One call for all of them, as apt takes a second for each. The names of the files begin
	# with the packages'.
	if ! view "$name" apt-get download --print-uris "$@" 2>> "$APT_DIR/plan.log" |
		awk -v dest="$dest" -v view="$name" -v packages="$*" '
		BEGIN {
			n = split(packages, list, " ")
			for (i = 1; i <= n; i++) {
				key = list[i]
				sub(/[:=].*/, "", key)
				package[key] = list[i]
			}
		}
		{
			key = $(NF - 2); sub(/_.*/, "", key); sub(/^SHA256:/, "", $NF)
			if (key in package) {
				print dest, $(NF - 2), $(NF - 1), $NF, view, package[key]
				seen++
			}
		}
		END { exit seen != n }'
	then
		fail 1 "Debian's package lists lack one of: $*;" \
			"$(tail -1 "$APT_DIR/plan.log"). Run" \
			"'scripts/setup --refresh' for new lists; if it stays so," \
			"scripts/setup must follow" \
			"Debian's change"
	fi
}

# closure VIEW TARGET-RELEASE PACKAGE...: name:arch=version of the packages and of every dependency
# that this system has not installed.
closure()
{
	local name=$1 release=$2

	shift 2
	view "$name" apt-get install --simulate --no-install-recommends ${release:+-t "$release"} \
		"$@" \
		2>> "$APT_DIR/plan.log" |
		sed -nE 's/^Inst ([^ ]+) (\[[^]]*\] )?\(([^ ]+) .*\[([^]]*)\]\).*/\1 \3 \4/p' |
		while read -r package version arch; do
			case $arch in
			all) printf '%s=%s\n' "$package" "$version" ;;
			*) printf '%s:%s=%s\n' "${package%%:*}" "$arch" "$version" ;;
			esac
		done
}

# whole FILE SIZE SHA256: is the cached file there and complete?
whole()
{
	[ -f "$1" ] && [ "$(stat -c %s "$1")" = "$2" ] && [ "$(sha256sum < "$1")" = "$3  -" ]
}

# fetch PLAN: downloads what the cache lacks. Returns 1 with the missing files named.
fetch()
{
	local plan=$1 dest file size sum name package status=0
	local -A missing=()

	mkdir -p "$ARCHIVES"
	while read -r dest file size sum name package; do
		if ! whole "$ARCHIVES/$file" "$size" "$sum"; then
			rm -f "$ARCHIVES/$file"
			missing[$name]+=" $package"
		fi
	done < "$plan"
	for name in "${!missing[@]}"; do
		say "downloading$(sed -E 's/(:[a-z0-9]+)?=[^ ]*//g' <<< "${missing[$name]}")"
		# shellcheck disable=SC2086  # a list of words
		(cd "$ARCHIVES" &&
			view "$name" apt-get download ${missing[$name]}) > "$APT_DIR/download.log" \
			2>&1 ||
			status=1
	done
	while read -r dest file size sum name package; do
		if [ -n "${missing[$name]:-}" ] && ! whole "$ARCHIVES/$file" "$size" "$sum"; then
			say "not downloaded, or not whole: $file"
			rm -f "$ARCHIVES/$file"
			status=1
		fi
	done < "$plan"
	return $status
}
