#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The layers of hyp/driver, by the symbols of its built objects: each folder uses those before it,
# never those after it. And its spin locks are raw ones: others sleep on a host with PREEMPT_RT,
# where the driver takes them with interrupts masked.

cd "$(dirname "$0")/../.." || exit 1
cross=$(sed -n 's/^CROSS := //p' build/setup.mk)
layers="el2 mem irq kvm"

# upward FOLDER: one line for each symbol that an object uses of a later layer.
upward()
{
	local layer

	for layer in $layers; do
		"${cross}nm" -A "$1/$layer"/*.o || exit 1
	done | awk -v layers="$layers" -v folder="$1/" '
		BEGIN {
			n = split(layers, name)
			for (i = 1; i <= n; i++)
				rank[name[i]] = i
		}
		{
			object = substr($1, length(folder) + 1)
			sub(/:.*/, "", object)
			layer = object
			sub("/.*", "", layer)
		}
		$2 == "U" {
			use = object " uses " $3
			used[use] = layer
			symbol[use] = $3
		}
		$2 ~ /^[TDBR]$/ { home[$3] = layer }
		END {
			for (use in used) {
				if (!(symbol[use] in home))
					continue
				if (rank[home[symbol[use]]] > rank[used[use]])
					print use " of " home[symbol[use]]
			}
		}'
}

n=0 bad=0
set -- build/driver/*/
echo "1..$(($# + 1))"
for folder; do
	n=$((n + 1))
	if ! found=$(set -o pipefail; upward "${folder%/}" 2>&1); then
		echo "not ok $n - $folder: no objects"
		bad=1
	elif [ -n "$found" ]; then
		echo "not ok $n - $folder: symbols of a later layer are used"
		bad=1
	else
		echo "ok $n - $folder: $layers, each uses only those before it"
	fi
	[ -z "$found" ] || echo "# ${found//$'\n'/$'\n'# }"
done
n=$((n + 1))
if grep -rnE '(^|[^_[:alnum:]])(spin_(try)?lock|spinlock_t|DEFINE_SPINLOCK|rwlock_t)' hyp/driver |
		sed 's/^/# /' | grep .; then
	echo "not ok $n - locks that may sleep with PREEMPT_RT"
	bad=1
else
	echo "ok $n - no spin lock but raw ones"
fi
exit $bad
