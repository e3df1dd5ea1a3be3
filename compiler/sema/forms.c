/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arguments of opaque options: tamiz does not compile them, but says of a
 * misspelt state or too large a mark what iptables would say.
 */
#include <string.h>
#include <strings.h>

#include "sema/exthdr.h"
#include "sema/sema.h"
#include "sema/value.h"
#include "sema/value_match.h"

#define ADDRESS_TYPES                                                 \
	"UNSPEC UNICAST LOCAL BROADCAST ANYCAST MULTICAST BLACKHOLE " \
	"UNREACHABLE PROHIBIT THROW NAT XRESOLVE"

enum form_kind {
	NUMBER,
	PAIR,
	MASKED,
	NAMES,
	TOS,
	DSCP_CLASS,
	PACKET_TYPE,
	DCCP_TYPES,
	CHANCE
};

struct form {
	const char *ext, *option;
	enum form_kind kind;
	uint64_t least, most;
	const char *names; /* space-separated */
};

static const struct form forms[] = {
#define FORM(...) { __VA_ARGS__ },
#include "sema/forms.def"
#undef FORM
};

static bool check_number(struct tz_sema *sema, const struct form *form,
			 struct tz_sema_option *option)
{
	const char *s = option->args[0]->text, *end = s + strlen(s);
	char separator = form->kind == PAIR ? ':' : '/';
	const char *middle = form->kind == NUMBER ? NULL : strchr(s, separator);
	const char *stop = middle ? middle : end;
	bool may_miss = form->kind == PAIR && middle;
	uint64_t first = form->least, second = form->most;

	if (((may_miss && stop == s) ||
	     tz_value_number(s, stop, form->most, &first)) &&
	    (!middle || (may_miss && middle + 1 == end) ||
	     tz_value_number(middle + 1, end, form->most, &second)) &&
	    first >= form->least) {
		option->pair.first = first;
		option->pair.second =
			form->kind == PAIR && !middle ? first : second;
		return true;
	}
	tz_diag(sema->diags, TZ_DIAG_NUMBER, option->args[0]->span,
		form->kind == NUMBER ? "--%s takes a number of %llu-%llu, not "
				       "'%s'"
		: form->kind == PAIR ? "--%s takes a number of %llu-%llu or a "
				       "range N:N, not '%s'"
				     : "--%s takes a number of %llu-%llu, with "
				       "/MASK if need be, not '%s'",
		option->row->name, (unsigned long long)form->least,
		(unsigned long long)form->most, s);
	return false;
}

/* Whether one of @names begins with the @len bytes of @s. */
static bool is_one_of(const char *names, const char *s, size_t len)
{
	for (; *names; names += strspn(names, " ")) {
		size_t n = strcspn(names, " ");

		if (len > 0 && len <= n && strncasecmp(names, s, len) == 0)
			return true;
		names += n;
	}
	return false;
}

static bool check_names(struct tz_sema *sema, const struct form *form,
			const struct tz_sema_option *option)
{
	for (const char *s = option->args[0]->text; s;) {
		size_t len = strcspn(s, ",");

		if (!is_one_of(form->names, s, len)) {
			tz_diag(sema->diags, TZ_DIAG_KEYWORD,
				option->args[0]->span,
				"--%s has no '%.*s'; there are %s",
				option->row->name, (int)len, s, form->names);
			return false;
		}
		s = s[len] ? s + len + 1 : NULL;
	}
	return true;
}

/* A word of its own kind, with what there is instead in @names. */
static bool check_word(struct tz_sema *sema, const struct form *form,
		       struct tz_sema_option *option)
{
	const char *s = option->args[0]->text;
	uint8_t value = 0, mask = 0;
	unsigned int type = 0;
	uint16_t types = 0;
	uint32_t chance = 0;
	bool is_read =
		form->kind == TOS           ? tz_value_tos(s, &value, &mask)
		: form->kind == DSCP_CLASS  ? tz_value_dscp_class(s, &value)
		: form->kind == PACKET_TYPE ? tz_value_packet_type(s, &type)
		: form->kind == DCCP_TYPES  ? tz_value_dccp_types(s, &types)
					    : tz_value_chance(s, &chance);

	if (!is_read) {
		tz_diag(sema->diags, TZ_DIAG_KEYWORD, option->args[0]->span,
			"--%s has no '%s'; there are %s", option->row->name, s,
			form->names);
		return false;
	}
	option->pair.first = (uint64_t)value | type | types | chance;
	option->pair.second = mask;
	return true;
}

static const struct form *find_form(const char *ext, const char *option)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (tz_ext_is(forms[i].option, option) &&
		    tz_ext_is(forms[i].ext, ext))
			return &forms[i];
	return NULL;
}

const char *tz_sema_form_names(const char *ext, const char *option)
{
	return find_form(ext, option)->names;
}

bool tz_sema_check_form(struct tz_sema *sema, const struct tz_sema_use *use,
			struct tz_sema_option *option)
{
	const struct form *form =
		find_form(use->ext->name, option->meaning->name);

	if (!form)
		return tz_exthdr_check(sema, use, option);
	if (form->kind == NAMES)
		return check_names(sema, form, option);
	return form->kind < NAMES ? check_number(sema, form, option)
				  : check_word(sema, form, option);
}
