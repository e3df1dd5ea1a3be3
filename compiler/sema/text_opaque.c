/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Opaque extensions as iptables-save prints them, as far as styles.def goes:
 * a file says `--state ESTABLISHED,RELATED` and the kernel's listing says
 * `RELATED,ESTABLISHED`, and both are the same rule. What has no row is
 * printed as it was written.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sema/text.h"
#include "sema/value.h"
#include "sema/value_match.h"

enum style {
	PLAIN,    /* as written */
	QUOTED,   /* always between quotes */
	STRING,   /* between quotes unless it is plain */
	NAMES,    /* the names of forms.def, written out, in its order */
	RANGE,    /* N[:N] with both ends */
	RATE,     /* N/UNIT in the largest unit that loses nothing */
	CHANCE,   /* what is left of a fraction in 31 bits */
	MARK,     /* 0xN[/0xMASK] */
	SET_MARK, /* all ways to set a mark as --set-xmark */
	NUMBER,   /* decimal */
	SPI,      /* N[:N] in decimal; nothing when it is all there is */
	TOS,      /* 0xNN/0xNN */
	DSCP,     /* a class as --dscp 0xNN */
	PACKET_TYPE,
	DCCP_TYPES,
};

/* First bytes of presets that are no text of their own. */
#define OMIT(text) "-" text
#define UNLESS(option) "!" option
#define SAVING(text) "?" text /* with --save-mark and --restore-mark only */
#define FULL_MASK "/mask"
#define FULL_PREFIX "/prefix"

static const struct style_row {
	const char *ext, *option;
	enum style style;
	const char *preset;
} rows[] = {
#define STYLE(...) { __VA_ARGS__ },
#include "sema/styles.def"
#undef STYLE
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

/* ---- styles ---- */

/*
 * libxt_limit keeps the time between two packets in units of 1/10000 s, and
 * prints it in the first unit from day to second that fits it well.
 */
static bool print_rate(struct tz_printer *p, const char *s)
{
	static const struct {
		const char *name, *full;
		unsigned int seconds;
	} units[] = {
		{ "day", "day", 86400 },
		{ "hour", "hour", 3600 },
		{ "min", "minute", 60 },
		{ "sec", "second", 1 },
	};
	const char *slash = strchr(s, '/');
	size_t given = slash ? 4 : 3, best = 0;
	uint64_t n;

	if (!tz_value_number(s, slash ? slash : s + strlen(s), 10000000, &n) ||
	    n == 0)
		return false;
	for (size_t i = 0; slash && i < 4; i++)
		if (strncasecmp(units[i].full, slash + 1, strlen(slash + 1)) ==
		    0)
			given = i;

	if (given == 4)
		return false;

	uint64_t period = units[given].seconds * UINT64_C(10000) / n;

	if (period == 0)
		return false;
	for (size_t i = 1; i < 4; i++, best++) {
		uint64_t unit = units[i].seconds * UINT64_C(10000);

		if (period > unit || unit / period < unit % period)
			break;
	}
	tz_buf_printf(&p->out, " %llu/%s",
		      (unsigned long long)(units[best].seconds *
					   UINT64_C(10000) / period),
		      units[best].name);
	return true;
}

static void print_names(struct tz_printer *p, const char *all, const char *list)
{
	const char *separator = " ";

	for (; *all; all += strspn(all, " ")) {
		size_t n = strcspn(all, " ");
		bool is_given = false;

		for (const char *s = list; s && !is_given;) {
			size_t len = strcspn(s, ",");

			is_given = len <= n && strncasecmp(all, s, len) == 0;
			s = s[len] ? s + len + 1 : NULL;
		}
		if (is_given) {
			tz_buf_printf(&p->out, "%s%.*s", separator, (int)n,
				      all);
			separator = ",";
		}
		all += n;
	}
}

/* n[:m] of a checked option, of 16 bits. */
static void print_range(struct tz_printer *p, const char *s)
{
	const char *colon = strchr(s, ':');

	tz_buf_printf(&p->out, " %lu", strtoul(s, NULL, 0));
	if (colon)
		tz_buf_printf(&p->out, ":%lu",
			      colon[1] ? strtoul(colon + 1, NULL, 0) : 65535);
}

/* n[/m] of a checked option; without a mask all of its bits. */
static void read_mark(const char *s, uint64_t *value, uint64_t *mask)
{
	char *end;

	*value = strtoull(s, &end, 0);
	*mask = *end ? strtoull(end + 1, NULL, 0) : 0xffffffff;
}

static void print_mark(struct tz_printer *p, const char *s)
{
	uint64_t value, mask;

	read_mark(s, &value, &mask);
	tz_buf_printf(&p->out, " 0x%llx", (unsigned long long)value);
	if (mask != 0xffffffff)
		tz_buf_printf(&p->out, "/0x%llx", (unsigned long long)mask);
}

static void print_set_mark(struct tz_printer *p, const char *option,
			   const char *s)
{
	uint64_t value, mask;

	read_mark(s, &value, &mask);
	switch (option[0]) {
	case 'a': /* and-mark */
		mask = ~value & 0xffffffff;
		value = 0;
		break;
	case 'o': /* or-mark */
		mask = value;
		break;
	case 'x': /* xor-mark */
		mask = 0;
		break;
	default:
		if (strcmp(option, "set-mark") == 0)
			mask |= value;
	}
	tz_buf_printf(&p->out, " --set-xmark 0x%llx/0x%llx",
		      (unsigned long long)value, (unsigned long long)mask);
}

static void print_chance(struct tz_printer *p, const char *s)
{
	/* xt_statistic.h: 31 bits; rounded as lround does. */
	double chance = strtod(s, NULL) * 0x80000000;

	tz_buf_printf(&p->out, " %.11f",
		      (double)(uint64_t)(chance + 0.5) / 0x80000000);
}

static bool is_any_spi(const struct tz_sema_option *o)
{
	return o->pair.first == 0 && o->pair.second == 0xffffffff;
}

static void print_spi(struct tz_printer *p, const struct tz_sema_option *o)
{
	tz_buf_printf(&p->out, " %llu", (unsigned long long)o->pair.first);
	if (o->pair.second != o->pair.first)
		tz_buf_printf(&p->out, ":%llu",
			      (unsigned long long)o->pair.second);
}

static void print_dccp_types(struct tz_printer *p, uint64_t types)
{
	const char *separator = " ", *name;

	for (unsigned int i = 0; (name = tz_value_dccp_type_name(i)); i++) {
		if (!(types >> i & 1))
			continue;
		tz_buf_printf(&p->out, "%s%s", separator, name);
		separator = ",";
	}
}

/* ---- options ---- */

/* The name that libxt_sctp and libxt_dccp print. */
static const char *port_option(const struct tz_sema_option *o)
{
	if (strcmp(o->meaning->name, "source-port") == 0)
		return "sport";
	if (strcmp(o->meaning->name, "destination-port") == 0)
		return "dport";
	return o->meaning->name;
}

static void print_plain(struct tz_printer *p, const struct tz_sema_option *o)
{
	if (o->row->arg == TZ_ARG_PORT) {
		tz_text_ports(p, port_option(o), o);
		return;
	}
	if (o->row->arg == TZ_ARG_CHUNKS) {
		tz_text_chunks(p, o);
		return;
	}
	tz_text_bang(p, o);
	tz_buf_printf(&p->out, " --%s", o->row->name);
	for (size_t i = 0; i < 2 && o->args[i]; i++)
		tz_text_word(p, o->args[i]->text);
}

/* The argument, in its style. */
static void print_value(struct tz_printer *p, const struct style_row *row,
			const struct tz_sema_option *o)
{
	const char *s = o->args[0] ? o->args[0]->text : "";

	switch (row->style) {
	case NAMES:
		print_names(p, tz_sema_form_names(row->ext, row->option), s);
		break;
	case RANGE:
		print_range(p, s);
		break;
	case RATE:
		if (!print_rate(p, s))
			tz_text_word(p, s);
		break;
	case QUOTED:
		tz_text_quoted(p, s);
		break;
	case STRING:
		tz_text_string(p, s);
		break;
	case CHANCE:
		print_chance(p, s);
		break;
	case MARK:
		print_mark(p, s);
		break;
	case NUMBER:
		tz_buf_printf(&p->out, " %llu", (unsigned long long)o->number);
		break;
	case SPI:
		print_spi(p, o);
		break;
	case TOS:
		tz_buf_printf(&p->out, " 0x%02x/0x%02x",
			      (unsigned int)o->pair.first,
			      (unsigned int)o->pair.second);
		break;
	case DSCP:
		tz_buf_printf(&p->out, " 0x%02x", (unsigned int)o->number);
		break;
	case PACKET_TYPE:
		tz_buf_printf(
			&p->out, " %s",
			tz_value_packet_type_name((unsigned int)o->number));
		break;
	case DCCP_TYPES:
		print_dccp_types(p, o->number);
		break;
	case PLAIN:
	case SET_MARK:
		break;
	}
}

static void print_styled(struct tz_printer *p, const struct style_row *row,
			 const struct tz_sema_option *o)
{
	const char *s = o->args[0] ? o->args[0]->text : "";

	if (row->preset && row->preset[0] == '-' &&
	    strcmp(row->preset + 1, s) == 0)
		return;
	if (row->style == PLAIN) {
		print_plain(p, o);
		return;
	}
	if (row->style == SET_MARK) {
		print_set_mark(p, row->option, s);
		return;
	}
	/* `!` before all of them is never; iptables-save loses it. */
	if (row->style == SPI && is_any_spi(o) && !o->is_inverted)
		return;
	tz_text_bang(p, o);
	tz_buf_printf(&p->out, " --%s",
		      row->style == DSCP ? "dscp" : row->option);
	print_value(p, row, o);
}

/* What stands for the option of @row when it is not given. */
static void print_preset(struct tz_printer *p, const struct style_row *row,
			 const struct tz_sema_use *use)
{
	bool is_v4 = p->sema->family == TZ_IPV4;
	const char *preset = row->preset;

	if (!preset || preset[0] == '-')
		return;
	if (preset[0] == '!') {
		if (!tz_sema_option(use, preset + 1))
			tz_buf_printf(&p->out, " --%s", row->option);
		return;
	}
	if (preset[0] == '?') {
		if (tz_sema_option(use, "mask") ||
		    (!tz_sema_option(use, "save-mark") &&
		     !tz_sema_option(use, "restore-mark")))
			return;
		preset++;
	}
	if (strcmp(preset, FULL_MASK) == 0)
		preset = is_v4 ? "255.255.255.255"
			       : "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
	else if (strcmp(preset, FULL_PREFIX) == 0)
		preset = is_v4 ? "32" : "128";
	tz_buf_printf(&p->out, " --%s %s", row->option, preset);
}

static bool has_row(const char *ext, const char *option)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (tz_ext_is(rows[i].ext, ext) &&
		    tz_ext_is(rows[i].option, option))
			return true;
	return false;
}

void tz_text_opaque(struct tz_printer *p, const struct tz_sema_use *use)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		const struct tz_sema_option *o;

		if (!tz_ext_is(rows[i].ext, use->ext->name))
			continue;
		o = tz_sema_option(use, rows[i].option);
		if (o)
			print_styled(p, &rows[i], o);
		else
			print_preset(p, &rows[i], use);
	}
	for (const struct tz_sema_option *o = use->options; o; o = o->next)
		if (!has_row(use->ext->name, o->meaning->name))
			print_plain(p, o);
}
