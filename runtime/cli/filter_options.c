/* SPDX-License-Identifier: GPL-2.0-only */
/* Values of the options that say what is compiled, for what, and how. */
#include "runtime/cli/cli.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>

/* The most that a socket takes (BPF_MAXINSNS). */
#define INSNS_MAX 4096

int cli_set_expression(struct cli *cli, const char *text)
{
	return cli_append(&cli->expressions, text);
}

int cli_set_target(struct cli *cli, const char *text)
{
	static const struct cli_word words[] = {
		{ "xdp", TAMIZ_TARGET_XDP },
		{ "tc", TAMIZ_TARGET_TC },
		{ "socket", TAMIZ_TARGET_SOCKET },
		{ "xt_bpf", TAMIZ_TARGET_XT_BPF },
		{ "cbpf", TAMIZ_TARGET_CBPF },
		{ NULL, 0 },
	};
	int value;

	if (cli_choose("target", text, words, &value))
		return -EINVAL;
	cli->options.target = (enum tamiz_target)value;
	return 0;
}

int cli_set_emit(struct cli *cli, const char *text)
{
	static const struct cli_word words[] = {
		{ "ast", CLI_EMIT_AST },
		{ "ir", CLI_EMIT_IR },
		{ "plan", CLI_EMIT_PLAN },
		{ "c", CLI_EMIT_C },
		{ "obj", CLI_EMIT_OBJ },
		{ "bytecode", CLI_EMIT_BYTECODE },
		{ "ddd", CLI_EMIT_DDD },
		{ "dd", CLI_EMIT_DD },
		{ "asm", CLI_EMIT_ASM },
		{ "json", CLI_EMIT_JSON },
		{ "expression", CLI_EMIT_EXPRESSION },
		{ "commands", CLI_EMIT_COMMANDS },
		{ NULL, 0 },
	};
	int value;

	if (cli_choose("emit", text, words, &value))
		return -EINVAL;
	cli->emit = (enum cli_emit)value;
	return 0;
}

int cli_set_from(struct cli *cli, const char *text)
{
	static const struct cli_word words[] = {
		{ "auto", TAMIZ_LANGUAGE_AUTO },
		{ "iptables", TAMIZ_LANGUAGE_IPTABLES },
		{ "pcap", TAMIZ_LANGUAGE_PCAP },
		{ "expression", TAMIZ_LANGUAGE_EXPRESSION },
		{ "cbpf", TAMIZ_LANGUAGE_CBPF },
		{ "ipset", TAMIZ_LANGUAGE_IPSET },
		{ NULL, 0 },
	};
	int value;

	if (cli_choose("from", text, words, &value))
		return -EINVAL;
	cli->options.from = (enum tamiz_language)value;
	return 0;
}

int cli_set_link(struct cli *cli, const char *text)
{
	static const struct cli_word words[] = {
		{ "en10mb", TAMIZ_LINK_EN10MB },
		{ "raw", TAMIZ_LINK_RAW },
		{ "ipv4", TAMIZ_LINK_IPV4 },
		{ "ipv6", TAMIZ_LINK_IPV6 },
		{ "linux_sll", TAMIZ_LINK_LINUX_SLL },
		{ "linux_sll2", TAMIZ_LINK_LINUX_SLL2 },
		{ "null", TAMIZ_LINK_NULL },
		{ "loop", TAMIZ_LINK_LOOP },
		{ "net", TAMIZ_LINK_NET },
		{ NULL, 0 },
	};
	int value;

	if (cli_choose("link", text, words, &value))
		return -EINVAL;
	cli->options.link = (enum tamiz_link)value;
	return 0;
}

/* Ones, then zeros, as of an interface: of another the broadcast is unclear. */
int cli_set_netmask(struct cli *cli, const char *text)
{
	struct in_addr mask;
	uint32_t host;

	if (inet_pton(AF_INET, text, &mask) == 1) {
		cli->options.netmask = ntohl(mask.s_addr);
		cli->options.netmask_given = true;
		host = ~cli->options.netmask;
		if (!(host & (host + 1)))
			return 0;
	}
	cli_error("--netmask takes a mask such as 255.255.255.0, not \"%s\"",
		  text);
	return -EINVAL;
}

int cli_set_max_insns(struct cli *cli, const char *text)
{
	if (cli_parse_number(text, 1, INSNS_MAX, &cli->options.max_insns))
		return 0;
	cli_error("--max-insns takes 1 to %d, not \"%s\"", INSNS_MAX, text);
	return -EINVAL;
}
