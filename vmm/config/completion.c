// SPDX-License-Identifier: GPL-2.0-only
#include "completion.h"

#include "settings.h"

/* bash takes '=' for a word of its own: "--set vm.cpus=2" is --set, vm.cpus, =, 2. */
static const char head[] = "# Completion of donjon for bash: source <(donjon completion)\n"
			   "_donjon()\n"
			   "{\n"
			   "	local word=${COMP_WORDS[COMP_CWORD]} words before key\n"
			   "	before=${COMP_WORDS[COMP_CWORD-1]}\n"
			   "	if [ \"$word\" = = ]; then\n"
			   "		word= before=\n"
			   "		key=${COMP_WORDS[COMP_CWORD-1]}\n"
			   "	elif [ \"$before\" = = ]; then\n"
			   "		key=${COMP_WORDS[COMP_CWORD-2]}\n"
			   "	fi\n";

static const char tail[] = "	elif [ \"$before\" = --set ]; then\n"
			   "		compopt -o nospace\n"
			   "		words=$settings\n"
			   "	elif [ \"${word:0:1}\" = - ]; then\n"
			   "		words='--set --timeout --pid-file --verbose --output'\n"
			   "	else\n"
			   "		compopt -o default\n"
			   "		return\n"
			   "	fi\n"
			   "	mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
			   "}\n"
			   "complete -F _donjon donjon\n";

/* A branch for each setting that has words for values. */
static void print_values(FILE *out, const struct setting *setting)
{
	if (setting->type != SETTING_CHOICE && setting->type != SETTING_SWITCH)
		return;
	fprintf(out, "		%s.%s) words='", setting->section, setting->key);
	if (setting->type == SETTING_SWITCH)
		fprintf(out, "yes no");
	else
		for (int i = 0; setting->choices[i]; i++)
			fprintf(out, "%s%s", i ? " " : "", setting->choices[i]);
	fprintf(out, "' ;;\n");
}

void completion_print(FILE *out, const char *commands)
{
	size_t count;
	const struct setting *table = settings_table(&count);

	fprintf(out, "%s	local settings='", head);
	/* A disk has a name, which only the configuration knows. */
	for (size_t i = 0; i < count; i++)
		if (!table[i].named)
			fprintf(out, "%s%s.%s=", i ? " " : "", table[i].section, table[i].key);
	fprintf(out, "'\n	if [ -n \"$key\" ]; then\n		case $key in\n");
	for (size_t i = 0; i < count; i++)
		if (!table[i].named)
			print_values(out, &table[i]);
	fprintf(out,
		"		*) compopt -o default; return ;;\n		esac\n"
		"	elif [ \"$COMP_CWORD\" = 1 ]; then\n		words='%s'\n%s",
		commands, tail);
}
