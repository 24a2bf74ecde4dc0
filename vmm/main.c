// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/completion.h"
#include "config/config.h"
#include "exitcode.h"
#include "machine.h"
#include "util/log.h"

#define TIMEOUT_MAX (365L * 24 * 3600)

/* The command line, taken apart. */
struct arguments {
	const char *config; /* path */
	const char **sets;  /* --set, in order; room for one per argument */
	size_t set_count;
	struct run_options run;
	const char *output; /* dtb -o */
};

struct command {
	const char *name;
	const char *usage;
	const char *options; /* letters of getopt's table that it accepts */
	int (*act)(const struct config *config, const struct arguments *arguments);
};

static int act_run(const struct config *config, const struct arguments *arguments)
{
	return machine_run(config, &arguments->run);
}

static int act_check(const struct config *config, const struct arguments *arguments)
{
	(void)arguments;
	return machine_check(config);
}

static int act_dtb(const struct config *config, const struct arguments *arguments)
{
	return machine_dtb(config, arguments->output);
}

static const struct command commands[] = {
	{ "run",
	  "run CONFIG.ini [--set section.key=value]... [--timeout SECONDS] [--pid-file FILE] "
	  "[--verbose]\n"
	  "      runs the guest; Ctrl-a x stops it",
	  "stpv", act_run },
	{ "check",
	  "check CONFIG.ini [--set section.key=value]... [--verbose]\n"
	  "      checks configuration, files and host, and prints what a run would use",
	  "sv", act_check },
	{ "dtb",
	  "dtb CONFIG.ini [--set section.key=value]... [-o FILE] [--verbose]\n"
	  "      writes the guest's device tree",
	  "sov", act_dtb },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *out)
{
	fprintf(out, "donjon " DONJON_VERSION ": runs protected virtual machines\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  donjon %s\n", commands[i].usage);
	fprintf(out,
		"  donjon help [config]\n"
		"      prints this text, or every setting of a configuration file\n"
		"  donjon completion\n"
		"      prints a bash script that completes commands and settings\n"
		"  donjon --version\n\n"
		"exit status: 0 the guest powered off, 1 VMM error, 2 usage or configuration,\n"
		"3 the host cannot run the guest, 4 the guest crashed, 5 the guest asked for a "
		"reset,\n"
		"6 time-out, 128+N stopped by signal N\n");
}

static int usage_error(const char *what, const char *argument)
{
	log_error("%s%s%s%s; see `donjon help`", what, argument ? " '" : "",
		  argument ? argument : "", argument ? "'" : "");
	return EXIT_CONFIG;
}

static int parse_timeout(const char *text, unsigned int *seconds)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || end == text || *end || value < 1 || value > TIMEOUT_MAX) {
		log_error("--timeout '%s': must be 1 to %ld whole seconds", text, TIMEOUT_MAX);
		return EXIT_CONFIG;
	}
	*seconds = (unsigned int)value;
	return 0;
}

static int take_option(struct arguments *arguments, int letter)
{
	switch (letter) {
	case 's':
		arguments->sets[arguments->set_count++] = optarg;
		return 0;
	case 't':
		return parse_timeout(optarg, &arguments->run.timeout);
	case 'p':
		arguments->run.pid_file = optarg;
		return 0;
	case 'v':
		log_set_verbose(true);
		return 0;
	case 'o':
		arguments->output = optarg;
		return 0;
	}
	return EXIT_VMM_ERROR;
}

/* The long name of option @letter; the word in argv may be its value. */
static const char *option_name(const struct option *options, int letter)
{
	while (options->name && options->val != letter)
		options++;
	return options->name;
}

/* argv[0] is the command's name. */
static int parse(const struct command *command, int argc, char **argv, struct arguments *arguments)
{
	static const struct option options[] = {
		{ "set", required_argument, NULL, 's' },
		{ "timeout", required_argument, NULL, 't' },
		{ "pid-file", required_argument, NULL, 'p' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "output", required_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	int letter;

	opterr = 0;
	while ((letter = getopt_long(argc, argv, ":s:t:p:vo:", options, NULL)) != -1) {
		int code;

		if (letter == ':')
			return usage_error("missing value after", argv[optind - 1]);
		if (letter == '?')
			return usage_error("unknown option", argv[optind - 1]);
		if (!strchr(command->options, letter))
			return usage_error("this command does not accept the option",
					   option_name(options, letter));
		code = take_option(arguments, letter);
		if (code)
			return code;
	}
	if (optind == argc)
		return usage_error("missing configuration file after", command->name);
	if (optind + 1 < argc)
		return usage_error("unexpected argument", argv[optind + 1]);
	arguments->config = argv[optind];
	return 0;
}

static int act(const struct command *command, int argc, char **argv)
{
	struct arguments arguments = { 0 };
	struct config config;
	int code;

	arguments.sets = calloc((size_t)argc + 1, sizeof(*arguments.sets));
	if (!arguments.sets) {
		log_error("out of memory");
		return EXIT_VMM_ERROR;
	}
	code = parse(command, argc, argv, &arguments);
	if (!code && config_load(&config, arguments.config, arguments.sets, arguments.set_count))
		code = EXIT_CONFIG;
	else if (!code) {
		code = command->act(&config, &arguments);
		config_free(&config);
	}
	free((void *)arguments.sets);
	return code;
}

static int complete(int argc, char **argv)
{
	char names[128] = "help completion";
	size_t used = strlen(names);

	if (argc > 1)
		return usage_error("unexpected argument", argv[1]);
	for (size_t i = 0; i < COMMANDS; i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, " %s",
					 commands[i].name);
	completion_print(stdout, names);
	return 0;
}

static int help(int argc, char **argv)
{
	if (argc == 1)
		print_help(stdout);
	else if (argc == 2 && !strcmp(argv[1], "config"))
		settings_print(stdout);
	else
		return usage_error("no help for", argv[1]);
	return 0;
}

/*
 * A closed standard descriptor would become the next file that is opened. The descriptor opened in
 * its place fails in the same way.
 */
static void fill_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

static int dispatch(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;

	if (!name) {
		print_help(stderr);
		return EXIT_CONFIG;
	}
	if (!strcmp(name, "--version") || !strcmp(name, "version")) {
		printf("donjon " DONJON_VERSION "\n");
		return 0;
	}
	if (!strcmp(name, "help") || !strcmp(name, "--help") || !strcmp(name, "-h"))
		return help(argc - 1, argv + 1);
	if (!strcmp(name, "completion"))
		return complete(argc - 1, argv + 1);
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(name, commands[i].name))
			return act(&commands[i], argc - 1, argv + 1);
	return usage_error("unknown command", name);
}

int main(int argc, char **argv)
{
	int code;

	fill_standard_descriptors();
	code = dispatch(argc, argv);
	if (!fflush(stdout) && !ferror(stdout))
		return code;
	/* A command that failed has said why. */
	if (!code)
		log_error("standard output: %s", error_text(errno));
	return code ? code : EXIT_VMM_ERROR;
}
