/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is told of connection tracking by sysctls, by expectations that wait,
 * and by the text of rules; and whether the kernel has the functions that
 * bpf/include/tamiz/ct.bpf.h calls (since Linux 5.18, in a module perhaps).
 */
#include "runtime/tracking.h"

#include <bpf/btf.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdio.h>
#include <string.h>

#include "runtime/live.h"
#include "runtime/netlink.h"

/* 0 also when there is no such file. */
static unsigned int read_sysctl(const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned int value = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%u", &value) != 1)
		value = 0;
	fclose(file);
	return value;
}

static int note_one(const struct nlmsghdr *nlh, void *arg)
{
	(void)nlh;
	*(bool *)arg = true;
	return 0;
}

/* Whether any connection is expected now. */
static bool has_expectations(void)
{
	struct {
		struct nlmsghdr nlh;
		struct nfgenmsg nfgen;
	} request = { 0 };
	bool is_one = false;

	request.nlh.nlmsg_len = sizeof(request);
	request.nlh.nlmsg_type =
		NFNL_SUBSYS_CTNETLINK_EXP << 8 | IPCTNL_MSG_EXP_GET;

	int error = tz_netlink_dump(NETLINK_NETFILTER, &request.nlh, note_one,
				    &is_one);

	/* Without ctnetlink nobody but rules makes any. */
	return is_one || (error && error != -EINVAL && error != -EOPNOTSUPP &&
			  error != -EPROTONOSUPPORT);
}

unsigned int tz_tracking_here(void)
{
	unsigned int found = 0;

	if (read_sysctl("/proc/sys/net/netfilter/nf_conntrack_tcp_loose"))
		found |= TZ_TRACKING_LOOSE;
	/* Until Linux 5.19: helpers by port, without a rule. */
	if (read_sysctl("/proc/sys/net/netfilter/nf_conntrack_helper") ||
	    has_expectations())
		found |= TZ_TRACKING_EXPECTS;
	if (tz_tracking_has_devices())
		found |= TZ_TRACKING_DEVICES;
	return found;
}

/* @words among those of @text, which is of a rule. */
static bool says(const char *text, const char *words)
{
	size_t len = strlen(words);

	for (const char *at = text; (at = strstr(at, words)); at += len) {
		if ((at == text || at[-1] == ' ') &&
		    (at[len] == ' ' || at[len] == '\0'))
			return true;
	}
	return false;
}

static bool says_any(const char *text, const char *const *words)
{
	while (*words && !says(text, *words))
		words++;
	return *words != NULL;
}

/* Matches that read a packet's entry. */
static const char *const readers[] = {
	"-m state",     "-m conntrack", "-m connmark", "-m connbytes",
	"-m connlabel", "-m helper",    NULL,
};

/* What has the kernel track connections besides (SEMANTICS 3.5). */
static const char *const users[] = {
	"-m connlimit", "-m cluster", "-j CONNMARK", "-j SYNPROXY",   "-j DNAT",
	"-j SNAT",      "-j NETMAP",  "-j REDIRECT", "-j MASQUERADE", NULL,
};

static unsigned int of_rule(const struct tamiz_rule *rule)
{
	unsigned int on = rule->family == 6 ? TZ_TRACKING_ON6 : TZ_TRACKING_ON4;
	const char *text = rule->text;
	unsigned int found = 0;
	bool untracks = says(text, "--notrack") || says(text, "-j NOTRACK");

	if (says_any(text, readers) || says_any(text, users) ||
	    (says(text, "-j CT") && !untracks))
		found |= on;
	if (untracks && rule->is_ingress)
		found |= TZ_TRACKING_NOTRACK;
	if (says(text, "--helper") && says(text, "-j CT"))
		found |= TZ_TRACKING_EXPECTS;
	if (says(text, "--zone") || says(text, "--zone-orig") ||
	    says(text, "--zone-reply"))
		found |= TZ_TRACKING_ZONES;
	return found;
}

unsigned int tz_tracking_in_set(const struct tz_live_set *set)
{
	unsigned int found = 0;

	for (size_t i = 0; i < tamiz_n_rules(set->compiled); i++) {
		struct tamiz_rule rule = tamiz_rule(set->compiled, i);

		if (rule.number)
			found |= of_rule(&rule);
	}
	return found;
}

unsigned int tz_tracking_asked(const struct tamiz *rules)
{
	unsigned int asked = 0;

	for (size_t i = 0; i < tamiz_n_rules(rules); i++) {
		struct tamiz_rule rule = tamiz_rule(rules, i);

		if (rule.number &&
		    (!strcmp(rule.table, "nat") ||
		     (rule.is_ingress && says_any(rule.text, readers))))
			asked |= rule.family == 6 ? TZ_TRACKING_ON6
						  : TZ_TRACKING_ON4;
	}
	return asked;
}

bool tz_tracking_tells_devices(const struct tamiz *rules)
{
	for (size_t i = 0; i < tamiz_n_rules(rules); i++) {
		struct tamiz_rule rule = tamiz_rule(rules, i);

		if (rule.number && rule.is_ingress && says(rule.text, "-i") &&
		    !says(rule.text, "-i lo"))
			return true;
	}
	return false;
}

static bool has_functions(const struct btf *btf)
{
	return btf &&
	       btf__find_by_name_kind(btf, "bpf_xdp_ct_lookup", BTF_KIND_FUNC) >
		       0 &&
	       btf__find_by_name_kind(btf, "bpf_ct_release", BTF_KIND_FUNC) > 0;
}

bool tz_tracking_can_ask(void)
{
	struct btf *kernel = btf__load_vmlinux_btf();

	if (!kernel)
		return false;

	bool can = has_functions(kernel);

	if (!can) {
		struct btf *module =
			btf__load_module_btf("nf_conntrack", kernel);

		can = has_functions(module);
		btf__free(module);
	}
	btf__free(kernel);
	return can;
}
