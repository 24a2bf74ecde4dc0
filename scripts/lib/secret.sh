# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Searching a machine's memory for what the payload `secret` keeps there.

# The bytes of a word of the pattern, as printf takes them. They are in the header disguised, see
# there.
secret_word()
{
	local header=guest/secret/pattern.h mask stored value i text=''

	mask=$(sed -n 's/^#define SECRET_MASK\s*\(0x[0-9a-f]*\)ULL.*/\1/p' "$header")
	stored=$(sed -n "s/^#define SECRET_STORED$1\s*\(0x[0-9a-f]*\)ULL.*/\1/p" "$header")
	[ -n "$mask" ] && [ -n "$stored" ] || exit 1
	value=$((mask ^ stored))
	for i in 0 8 16 24 32 40 48 56; do
		text+=$(printf '\\x%02x' $(((value >> i) & 255)))
	done
	printf '%s' "$text"
}

# secret_words FILE: writes both words, a line each
secret_words()
{
	# shellcheck disable=SC2059  # the format is the bytes
	printf "$(secret_word 0)\n$(secret_word 1)\n" > "$1"
}

# secret_hits WORDS FILE: occurrences of either word
secret_hits()
{
	LC_ALL=C grep -aoF -f "$1" "$2" | wc -l
}
