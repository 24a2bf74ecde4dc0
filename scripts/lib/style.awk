# SPDX-License-Identifier: GPL-2.0-only
#
# Findings in text files for scripts/check-style, one a line: FILE:LINE: WHAT. Works with mawk.
# Variables: columns, lines (of a file), body (lines of a function). Run in the C locale.

BEGIN {
	NOT = "ai|are|could|did|does|do|had|has|have|is|must|need|should|was|were|would"
}

function found(line, what)
{
	printf "%s:%d: %s\n", file, line, what
}

function width(s,   n, part, i, w)
{
	gsub(/[\200-\277]/, "", s)
	n = split(s, part, "\t")
	w = length(part[1])
	for (i = 2; i <= n; i++)
		w += 8 - w % 8 + length(part[i])
	return w
}

# In Markdown only prose has a width: no tables, code blocks, or lines that are one long link.
function is_prose()
{
	if ($0 ~ /^ *```/) {
		fenced = !fenced
		return 0
	}
	return !fenced && $0 !~ /^ *\|/ && $0 !~ /^(\t|    )/ &&
		$0 !~ /^ *[-*]? *\[[^]]*\]\([^)]*\)[.,]?$/
}

# Takes a line of C apart: its comments and strings in said, the rest in code.
function take_apart(s,   c, n)
{
	said = code = ""
	while (s != "") {
		if (commented) {
			n = index(s, "*/")
			commented = !n
			said = said " " (n ? substr(s, 1, n - 1) : s)
			s = n ? substr(s, n + 2) : ""
		} else if (match(s, /\/\*|\/\/|"([^"\\]|\\.)*"|'([^'\\]|\\.)+'/)) {
			c = substr(s, RSTART, RLENGTH)
			code = code substr(s, 1, RSTART - 1)
			s = substr(s, RSTART + RLENGTH)
			if (c == "/*") {
				commented = 1
			} else if (c == "//") {
				said = said " " s
				slashes = 1
				s = ""
			} else if (substr(c, 1, 1) == "\"") {
				said = said " " substr(c, 2, length(c) - 2)
				code = code "\"\""
			}
		} else {
			code = code s
			s = ""
		}
	}
}

function contraction(s)
{
	s = tolower(" " s " ")
	if (match(s, "[^a-z](" NOT ")n't[^a-z]") || match(s, /[^a-z](can|won)'t[^a-z]/) ||
	    match(s, /[^a-z](he|here|how|it|let|she|that|there|what|where|who)'s[^a-z]/) ||
	    match(s, /[^a-z](i|it|they|we|who|you)'(d|ll|m|re|ve)[^a-z]/))
		return substr(s, RSTART + 1, RLENGTH - 2)
	return ""
}

function c_line(   word)
{
	slashes = 0
	take_apart($0)
	word = contraction(said)
	if (word != "")
		found(FNR, "'" word "': write it in two words")
	if (slashes && !(FNR == 1 && $0 ~ /SPDX/))
		found(FNR, "a // comment; write /* */")
}

function end_file()
{
	# Tests may be a little longer than the product.
	most = file ~ /tests\// ? lines + 100 : lines
	if (file != "" && limited && last > most)
		found(last, last " lines; split it, at most " most)
	if (file != "" && !spdx && !markdown)
		found(1, "no line 'SPDX-License-Identifier: GPL-2.0-only' in its first five")
}

FNR == 1 {
	end_file()
	file = FILENAME
	commented = fenced = begin = spdx = 0
	markdown = file ~ /\.md$/
	is_c = file ~ /\.[ch]$/
	# Python's and awk's programs are not wrapped yet.
	script = file ~ /\.(py|awk)$/ || $0 ~ /^#!.*python/
	limited = file ~ /\.[chS]$|\.sh$|\.py$|^scripts\// && file !~ /\.dj$/
}
{ last = FNR }
FNR <= 5 && /SPDX-License-Identifier: GPL-2.0-only/ { spdx = 1 }
/[ \t\r]$/ { found(FNR, "white space at its end") }
length($0) > columns / 8 && !script && (!markdown || is_prose()) && width($0) > columns {
	found(FNR, width($0) " columns; at most " columns)
}
is_c { c_line() }
limited && $0 == "{" { begin = FNR }
limited && begin && /^}/ {
	if (FNR - begin - 1 > body)
		found(begin, FNR - begin - 1 " lines in this function; at most " body)
	begin = 0
}
END { end_file() }
