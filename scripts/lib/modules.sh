# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A kernel's own modules, for archives that are made on the build machine. To be sourced.

# module_files FOLDER NAMES: the files below FOLDER (lib/modules/VERSION) of these modules and of
# what they depend on, one a line, in an order in which they can be loaded; a file may come more
# than once. What the kernel has built in is left out.
module_files()
{
	awk -v names="$2" '
		BEGIN { n = split(names, want, " ") }
		{
			file = $1; sub(/:$/, "", file)
			name = file; sub(/.*\//, "", name); sub(/\.ko$/, "", name)
			path[name] = file; $1 = ""; deps[name] = $0
		}
		END {
			for (i = 1; i <= n; i++)
				if (want[i] in path) {
					m = split(deps[want[i]], d, " ")
					for (j = m; j >= 1; j--) print d[j]
					print path[want[i]]
				}
		}' "$1/modules.dep"
}
