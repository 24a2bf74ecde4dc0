# SPDX-License-Identifier: GPL-2.0-only
# The number of lines of C and assembly that have code: neither blank nor only comment.
FNR == 1 { commented = 0 }
{
	s = $0
	code = ""
	while (s != "") {
		if (commented) {
			n = index(s, "*/")
			commented = !n
			s = n ? substr(s, n + 2) : ""
		} else if (match(s, /\/\*|\/\/|"([^"\\]|\\.)*"/)) {
			token = substr(s, RSTART, RLENGTH)
			code = code substr(s, 1, RSTART - 1)
			s = substr(s, RSTART + RLENGTH)
			commented = token == "/*"
			if (token == "//")
				s = ""
			else if (!commented)
				code = code token
		} else {
			code = code s
			s = ""
		}
	}
	lines += code ~ /[^ \t]/
}
END { print lines + 0 }
