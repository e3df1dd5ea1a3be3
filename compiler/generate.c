/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From patterns to filters: the languages of `tamiz gen`. A source is a
 * pattern; of DNS names there may be several, with blanks between.
 */
#include "generate.h"

#include <string.h>

#include "filter.h"
#include "lower/dns.h"
#include "lower/p0f.h"
#include "lower/suffix.h"

const char *tz_generator_name(enum tamiz_language language)
{
	switch (language) {
	case TAMIZ_LANGUAGE_DNS:
		return "dns";
	case TAMIZ_LANGUAGE_DNS_VALID:
		return "dns-validate";
	case TAMIZ_LANGUAGE_P0F:
		return "p0f";
	case TAMIZ_LANGUAGE_SUFFIX:
		return "suffix";
	case TAMIZ_LANGUAGE_AUTO:
	case TAMIZ_LANGUAGE_IPTABLES:
	case TAMIZ_LANGUAGE_PCAP:
	case TAMIZ_LANGUAGE_EXPRESSION:
	case TAMIZ_LANGUAGE_CBPF:
	case TAMIZ_LANGUAGE_IPSET:
		break;
	}
	return "";
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The next word of @source from *@at on, and where it stands; NULL: none. */
static const char *next_word(const struct tz_source *source, size_t *at,
			     struct tz_span *span)
{
	size_t begin = *at;

	while (begin < source->len && is_blank(source->text[begin]))
		begin++;
	*at = begin;
	while (*at < source->len && !is_blank(source->text[*at]))
		++*at;
	*span = (struct tz_span){ source->base + (uint32_t)begin,
				  source->base + (uint32_t)*at };
	return begin < source->len ? source->text + begin : NULL;
}

static struct tz_dns_options dns_options(const struct tamiz *t)
{
	const struct tamiz_options *o = &t->options;

	return (struct tz_dns_options){
		.link = tz_filter_link(o),
		.ipv4 = o->family != 6,
		.ipv6 = o->family != 4,
		.is_bare = o->generator.bare,
		.ignores_case = o->generator.icase,
		.port = o->generator.port ?: TZ_DNS_PORT,
		.n_headers = o->generator.headers,
	};
}

static struct tz_flow *names(struct tamiz *t, const struct tz_source *source)
{
	struct tz_dns_options options = dns_options(t);
	TZ_VEC(struct tz_dns_name) names = { 0 };
	struct tz_dns_name name;
	struct tz_span span;
	const char *word;
	size_t at = 0;
	bool is_fine = true;

	while ((word = next_word(source, &at, &span)) &&
	       !tz_diags_full(t->diags)) {
		if (!tz_dns_parse(t->arena, t->diags, span, word,
				  span.end - span.begin, &name))
			is_fine = false;
		else if (names.n < TZ_DNS_NAMES_MAX)
			tz_vec_push(t->arena, &names, name);
		else
			tz_diag(t->diags, TZ_DIAG_DNS_NAME, span,
				"one filter takes %d names", TZ_DNS_NAMES_MAX);
	}
	if (!names.n && is_fine)
		is_fine = tz_dns_parse(t->arena, t->diags, span, "", 0, &name);
	return is_fine ? tz_dns_lower(t->arena, names.at, names.n, &options)
		       : NULL;
}

/* As many labels as a rule of iptables has room for, up to the usual. */
static unsigned int labels_that_fit(struct tamiz *t,
				    const struct tz_dns_options *options)
{
	bool is_inverted = t->options.generator.not_valid;
	struct tz_cbpf program;
	struct tz_flow *flow;
	unsigned int n = 5;

	do {
		n--;
		flow = tz_dns_lower_valid(t->arena, n, is_inverted, options);
	} while (n && !tz_filter_program(t, flow, &program, NULL));
	return n;
}

static struct tz_flow *queries(struct tamiz *t)
{
	const struct tamiz_options *o = &t->options;
	struct tz_dns_options options = dns_options(t);
	bool is_tight = o->target == TAMIZ_TARGET_XT_BPF && !o->xt.split &&
			!tz_xt_has_object(t);
	unsigned int n = o->generator.labels;

	if (!o->generator.labels_given)
		n = is_tight ? labels_that_fit(t, &options)
			     : TZ_DNS_LABELS_DEFAULT;
	return tz_dns_lower_valid(t->arena, n, o->generator.not_valid,
				  &options);
}

static struct tz_flow *signature(struct tamiz *t,
				 const struct tz_source *source)
{
	struct tz_p0f_options options = {
		.link = tz_filter_link(&t->options),
		.is_reply = t->options.generator.reply,
	};
	struct tz_span span = tz_filter_span(source);
	struct tz_flow *flow;
	struct tz_p0f p;

	if (!tz_p0f_parse(t->arena, t->diags, span, source->text, source->len,
			  &p))
		return NULL;
	p.ipv4 &= t->options.family != 6;
	p.ipv6 &= t->options.family != 4;
	flow = tz_p0f_lower(t->arena, &p, &options);
	if (flow->root == TZ_FLOW_REJECT)
		tz_diag(t->diags, TZ_DIAG_NEVER_MATCHES, span,
			"no SYN%s can have this signature%s",
			options.is_reply ? "+ACK" : "",
			!p.ipv4 && !p.ipv6 ? " of the other IP version" : "");
	return flow;
}

static struct tz_flow *suffix(struct tamiz *t, const struct tz_source *source)
{
	struct tz_dns_options o = dns_options(t);
	struct tz_transport transport = {
		.link = o.link,
		.ipv4 = o.ipv4,
		.ipv6 = o.ipv6,
		.is_given = o.is_bare,
		.n_headers = o.n_headers,
	};

	return tz_suffix_lower(t->arena, t->diags, tz_filter_span(source),
			       source->text, source->len, &transport);
}

struct tz_flow *tz_generate(struct tamiz *t, size_t i)
{
	const struct tz_source *source = tz_sources_at(t->sources, i);

	switch (t->languages.at[i]) {
	case TAMIZ_LANGUAGE_DNS:
		return names(t, source);
	case TAMIZ_LANGUAGE_DNS_VALID:
		return queries(t);
	case TAMIZ_LANGUAGE_P0F:
		return signature(t, source);
	case TAMIZ_LANGUAGE_SUFFIX:
		return suffix(t, source);
	case TAMIZ_LANGUAGE_AUTO:
	case TAMIZ_LANGUAGE_IPTABLES:
	case TAMIZ_LANGUAGE_PCAP:
	case TAMIZ_LANGUAGE_EXPRESSION:
	case TAMIZ_LANGUAGE_CBPF:
	case TAMIZ_LANGUAGE_IPSET:
		break;
	}
	return NULL;
}
