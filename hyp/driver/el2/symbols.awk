# SPDX-License-Identifier: GPL-2.0-only
#
# nm -n -S --defined-only el2.elf | awk -f symbols.awk > symbols.c
#
# The EL2 image's functions and objects as a C table sorted by address, so that the log can name
# addresses. A symbol without a size, from assembly, reaches to the next one.
BEGIN {
	print "// SPDX-License-Identifier: GPL-2.0-only"
	print "/* Made by symbols.awk from the EL2 image. */"
	print "#include \"image.h\"\n"
	print "const struct image_symbol image_symbols[] = {"
	n = 0
}
function entry(a, s, name) {
	print "\t{ 0x" a "ULL, " s ", \"" name "\" },"
	n++
}
{
	if (NF == 4) { addr = $1; size = "0x" $2 "ULL"; name = $4; type = $3 }
	else if (NF == 3) { addr = $1; size = ""; name = $3; type = $2 }
	else next
	if (name ~ /^\$/ || type ~ /^[aANU]$/)
		next
	if (held != "")
		entry(held_addr, "0x" addr "ULL - 0x" held_addr "ULL", held)
	held = ""
	if (size == "") { held = name; held_addr = addr }
	else entry(addr, size, name)
}
END {
	if (held != "")
		entry(held_addr, "0", held)
	if (!n)
		print "\t{ 0, 0, \"\" },"
	print "};\n"
	print "const unsigned int image_nr_symbols = " n ";"
}
