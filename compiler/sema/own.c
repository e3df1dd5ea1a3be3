/* SPDX-License-Identifier: GPL-2.0-only */
/* The arguments of dns and p0f; see the header. */
#include "sema/own.h"

#include <string.h>

#include "sema/dns_name.h"
#include "sema/p0f_signature.h"

bool tz_own_is(const struct tz_ext *match)
{
	return strcmp(match->name, "dns") == 0 ||
	       strcmp(match->name, "p0f") == 0;
}

bool tz_own_type_dns_name(struct tz_sema *sema, struct tz_sema_option *option)
{
	const struct tz_ast_word *word = option->args[0];
	struct tz_dns_name *name = tz_new(sema->arena, struct tz_dns_name);

	if (!tz_dns_parse(sema->arena, sema->diags, word->span, word->text,
			  strlen(word->text), name))
		return false;
	option->dns_name = name;
	return true;
}

bool tz_own_type_p0f(struct tz_sema *sema, struct tz_sema_option *option)
{
	const struct tz_ast_word *word = option->args[0];
	struct tz_p0f *signature = tz_new(sema->arena, struct tz_p0f);

	if (!tz_p0f_parse(sema->arena, sema->diags, word->span, word->text,
			  strlen(word->text), signature))
		return false;
	option->p0f = signature;
	return true;
}

bool tz_own_check_use(struct tz_sema *sema, const struct tz_sema_use *use)
{
	if (strcmp(use->ext->name, "dns") != 0 ||
	    tz_sema_option(use, "qname") || tz_sema_option(use, "not-valid"))
		return true;
	tz_diag(sema->diags, TZ_DIAG_MISSING_OPTION, use->span,
		"dns needs --qname or --not-valid");
	return false;
}
